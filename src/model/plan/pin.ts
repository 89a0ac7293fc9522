/** A stage whose choice is given: its hardware, and its max batch size and replicas where they are given too. */
import type { StageConfiguration } from '../configuration.js';

export interface Pin {
  readonly stage: string;
  readonly hardware: string;
  readonly maxBatchSize?: number;
  readonly replicas?: number;
}

/** The pin of a stage, if it has one. */
export function pinOf(pins: readonly Pin[] | undefined, stage: string): Pin | undefined {
  return pins?.find((pin) => pin.stage === stage);
}

/** Whether a choice is one that the pins leave. */
export function keepsTo(pins: readonly Pin[] | undefined, choice: StageConfiguration): boolean {
  const { hardware, maxBatchSize, replicas } = { ...choice, ...pinOf(pins, choice.stage) };
  return hardware === choice.hardware && maxBatchSize === choice.maxBatchSize && replicas === choice.replicas;
}

/** A pin as `--pin` reads it back: `classify=t4:8:2`. */
export function formatPin({ stage, hardware, maxBatchSize, replicas }: Pin): string {
  return `${stage}=${[hardware, maxBatchSize, replicas].filter((part) => part !== undefined).join(':')}`;
}
