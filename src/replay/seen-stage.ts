import type { ReplicaSeen, StageSeen } from '../policies/policy.js';
import type { ProbeReading, StageProbe } from '../simulation/stage-probe.js';
import { msFromUs } from '../units.js';
import type { ReplicaRecord } from './replica-record.js';

/** What a policy sees of one stage at a tick: one object per stage and run, filled anew at every tick. */
export class SeenStage implements StageSeen {
  enteredItems = 0;
  completedItems = 0;
  queuedItems = 0;
  inServiceItems = 0;
  queuedItemMs = 0;
  inServiceItemMs = 0;
  busyMs = 0;
  meanLatencyMs = 0;
  readyReplicaMs = 0;
  readyReplicas = 0;
  askedReplicas = 0;

  private readonly probe: StageProbe;
  private readonly record: ReplicaRecord;

  constructor(probe: StageProbe, record: ReplicaRecord) {
    this.probe = probe;
    this.record = record;
  }

  get startingReplicas(): number {
    return this.askedReplicas - this.readyReplicas;
  }

  get replicas(): readonly ReplicaSeen[] {
    return this.record.seen();
  }

  get p99LatencyMs(): number {
    return msFromUs(this.probe.latencyPercentileUs(99));
  }

  /** Takes what happened since the last tick; the pipeline must stand at `nowUs`. */
  look(nowUs: number): this {
    const reading: ProbeReading = this.probe.read(nowUs);
    this.enteredItems = reading.enteredItems;
    this.completedItems = reading.completedItems;
    this.queuedItems = reading.queuedItems;
    this.inServiceItems = reading.inServiceItems;
    this.queuedItemMs = msFromUs(reading.queuedItemUs);
    this.inServiceItemMs = msFromUs(reading.inServiceItemUs);
    this.busyMs = msFromUs(reading.busyUs);
    this.meanLatencyMs = msFromUs(reading.meanLatencyUs);
    this.record.advance(nowUs);
    this.readyReplicas = this.record.ready;
    this.askedReplicas = this.record.asked;
    this.readyReplicaMs = msFromUs(this.record.takeReadyUs());
    return this;
  }
}
