/** The replicas of one stage, each with when it was asked for and when it can serve. */
import type { ReplicaSeen } from '../policies/policy.js';
import { msFromUs } from '../units.js';

interface Replica {
  readonly askedUs: number;
  readonly readyUs: number;
}

const AT_START: Replica = { askedUs: Number.NEGATIVE_INFINITY, readyUs: Number.NEGATIVE_INFINITY };

/** Removal takes the replicas that would be ready last, as the queue does with those that still start. */
export class ReplicaRecord {
  /** Replicas that can serve at the instant last advanced to. */
  ready: number;
  private readonly replicas: Replica[];
  private atUs = 0;
  private readyUs = 0;
  private list: readonly ReplicaSeen[] | undefined;

  constructor(replicas: number) {
    this.ready = replicas;
    this.replicas = new Array<Replica>(replicas).fill(AT_START);
  }

  get asked(): number {
    return this.replicas.length;
  }

  /** Those ready first come first. */
  seen(): readonly ReplicaSeen[] {
    this.list ??= this.replicas.map(({ askedUs, readyUs }, i) => {
      return { askedAtMs: msFromUs(askedUs), readyAtMs: i < this.ready ? msFromUs(readyUs) : undefined };
    });
    return this.list;
  }

  /** Adds up ready replicas over time, up to `nowUs`. */
  advance(nowUs: number): void {
    this.readyUs += this.ready * (nowUs - this.atUs);
    for (let next = this.replicas[this.ready]; next !== undefined && next.readyUs <= nowUs; ) {
      this.readyUs += nowUs - next.readyUs;
      this.list = undefined;
      next = this.replicas[++this.ready];
    }
    this.atUs = nowUs;
  }

  /** Replica-microseconds of ready replicas since the last call. Advance first. */
  takeReadyUs(): number {
    const taken = this.readyUs;
    this.readyUs = 0;
    return taken;
  }

  set(replicas: number, { nowUs, activationDelayUs }: { nowUs: number; activationDelayUs: number }): void {
    this.advance(nowUs);
    this.list = undefined;
    if (replicas < this.replicas.length) this.replicas.length = replicas;
    this.ready = Math.min(this.ready, replicas);
    while (this.replicas.length < replicas) {
      this.replicas.push({ askedUs: nowUs, readyUs: nowUs + activationDelayUs });
    }
    this.advance(nowUs);
  }
}
