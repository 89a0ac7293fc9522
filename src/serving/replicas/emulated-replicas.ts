/**
 * Replicas that occupy the profile's time and compute nothing, so a plan for fifty GPUs runs here. A batch ends at an
 * absolute instant, its start plus its service time, so messages add nothing to it.
 */
import { InternalError } from '../../errors.js';
import type { ServiceTimes } from '../../simulation/service-times.js';
import type { Batch } from '../items/batch.js';
import { type AlarmClock, startAlarmClock } from '../timing/alarm-clock.js';
import type { Clock } from '../timing/engine-clock.js';
import { Punctuality } from '../timing/punctuality.js';

/** What takes less is over at the next turn of the event loop: no alarm is as punctual. */
const SHORTEST_ALARM_US = 10;
const LARGEST_TOKEN = 2 ** 31 - 1;

export class EmulatedReplicas {
  private readonly clock: Clock;
  private readonly service: readonly (ServiceTimes | null)[];
  private readonly turn: (happen: (nowUs: number) => void) => void;
  private readonly onDone: (batch: Batch, nowUs: number) => void;
  private alarms: AlarmClock | null = null;
  /** What each alarm that is set will do. */
  private readonly pending = new Map<number, (nowUs: number) => void>();
  private nextToken = 0;
  private readonly punctuality = new Punctuality();
  /** Batches that take no time to speak of. */
  private instant: Batch[] = [];

  /** @param options `service` by stage; null where a stage is not emulated */
  constructor(options: {
    readonly clock: Clock;
    readonly service: readonly (ServiceTimes | null)[];
    /** Lets something happen at an instant of its own. */
    readonly turn: (happen: (nowUs: number) => void) => void;
    readonly onDone: (batch: Batch, nowUs: number) => void;
  }) {
    this.clock = options.clock;
    this.service = options.service;
    this.turn = options.turn;
    this.onDone = options.onDone;
  }

  /** Starts the thread that keeps the time. */
  async open(): Promise<void> {
    this.alarms = await startAlarmClock((tokens) => this.ring(tokens));
  }

  run(batch: Batch): void {
    const service = this.service[batch.stage]!;
    const size = batch.queries.length;
    const serviceUs = service.drawUs === null ? service.tableUs[size]! : service.drawUs(size, batch.number);
    if (serviceUs >= SHORTEST_ALARM_US) {
      const endUs = batch.startUs + serviceUs;
      this.at(endUs - this.punctuality.advanceUs(serviceUs), (nowUs) => {
        this.punctuality.note(nowUs - endUs);
        this.onDone(batch, nowUs);
      });
    } else {
      if (this.instant.length === 0) setImmediate(() => this.endInstant());
      this.instant.push(batch);
    }
  }

  /** Lets something happen at an instant of the engine's clock. */
  at(us: number, happen: (nowUs: number) => void): void {
    if (this.alarms === null) throw new InternalError('alarms are not kept yet');
    const token = this.nextToken;
    this.nextToken = token === LARGEST_TOKEN ? 0 : token + 1;
    this.pending.set(token, happen);
    this.alarms.set(this.clock.sharedMs(us), token);
  }

  async close(): Promise<void> {
    await this.alarms?.close();
  }

  private ring(tokens: readonly number[]): void {
    this.turn((nowUs) => {
      for (const token of tokens) {
        const happen = this.pending.get(token);
        this.pending.delete(token);
        happen?.(nowUs);
      }
    });
  }

  private endInstant(): void {
    const batches = this.instant;
    this.instant = [];
    this.turn((nowUs) => {
      for (const batch of batches) this.onDone(batch, nowUs);
    });
  }
}
