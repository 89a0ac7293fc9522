/** What commander hands over for the options of this command. */

export interface GenerateFlags {
  readonly rate?: string;
  readonly cv?: string;
  readonly cvRamp?: string;
  readonly steps?: readonly string[];
  readonly ramp?: readonly string[];
  readonly spike?: readonly string[];
  readonly diurnal?: readonly string[];
  readonly duration?: string;
  readonly count?: string;
  readonly seed: string;
  readonly output?: string;
  readonly json?: true;
}

export interface InfoFlags {
  readonly window: string;
  readonly json?: true;
}

export interface ImportFlags {
  readonly output: string;
  readonly column?: string;
  readonly header: boolean;
  readonly time: string;
  readonly counts?: string;
  readonly interval?: string;
  readonly log?: true;
  readonly sort?: true;
  readonly spread?: 'even' | 'poisson';
  readonly seed: string;
  readonly from?: string;
  readonly to?: string;
  readonly peak?: string;
  readonly peakWindow: string;
  readonly split?: string;
  readonly json?: true;
}
