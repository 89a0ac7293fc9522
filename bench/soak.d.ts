export interface SoakResult {
  readonly sent: number;
  readonly right: number;
  readonly wrong: number;
  readonly refused: number;
  readonly failed: number;
  readonly hung: number;
  readonly kills: number;
  readonly exitCode: number | string;
  readonly restarts: number;
  readonly leftInQueues: number;
  readonly arrivals: number;
  readonly isOrdered: boolean;
  readonly batches: number;
  readonly brokenRules: readonly string[];
  readonly utilisation: number;
  readonly memory: { readonly earlyMiB: number; readonly lateMiB: number; readonly peakMiB: number };
}

export function soak(options: {
  readonly seconds: number;
  readonly utilisation: number;
  readonly killEveryS: number;
  readonly random: () => number;
  readonly onProgress?: (now: object) => void;
}): Promise<SoakResult>;
