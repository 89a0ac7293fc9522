import type { StageReplay } from './stage-replay.js';

/**
 * Replays by name, the latest of them up to a number of bytes; so that a branch is not replayed for each choice in
 * another.
 */
export class KeptReplays {
  private readonly replays = new Map<string, StageReplay>();
  private readonly mostBytes: number;
  private bytes = 0;

  constructor(mostBytes: number) {
    this.mostBytes = mostBytes;
  }

  get(key: string): StageReplay | undefined {
    return this.replays.get(key);
  }

  /** Keeps what left the stage, without the delays, and gives it back. The oldest replays make room. */
  keep(key: string, replay: StageReplay): StageReplay {
    const kept = { ...replay, delaysUs: new Float64Array(0) };
    this.replays.set(key, kept);
    this.bytes += kept.leftUs.byteLength;
    for (const [oldest, { leftUs }] of this.replays) {
      if (this.bytes <= this.mostBytes || oldest === key) break;
      this.replays.delete(oldest);
      this.bytes -= leftUs.byteLength;
    }
    return kept;
  }
}
