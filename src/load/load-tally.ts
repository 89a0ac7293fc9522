/** Counts what became of every query of a run, in total and second by second. Pure: the time is an argument. */
import { allowedMisses, requiredOnTime, type Slo } from '../model/slo.js';
import { meanRate, msFromUs, usFromMs } from '../units.js';
import type { LoadFailures, LoadOutcome, LoadResult, LoadSecond } from './load-result.js';
import { TimeHistogram } from './measured-times.js';

type Counts = { -readonly [Key in keyof LoadFailures]: number };

export class LoadTally {
  private readonly slo: Slo | undefined;
  private readonly latency = new TimeHistogram();
  private readonly sendLag = new TimeHistogram();
  private readonly failures: Counts = {
    refused: 0,
    errorAnswers: 0,
    timeouts: 0,
    connectionErrors: 0,
    notSent: 0,
    unfinished: 0,
  };
  private scheduled = 0;
  private onTime = 0;
  private mostInFlight = 0;
  private firstUs = 0;
  private lastUs = 0;
  private lastEndUs = 0;

  private readonly seconds: LoadSecond[] = [];
  private readonly latencyNow = new TimeHistogram();
  private readonly sendLagNow = new TimeHistogram();
  private failedNow = 0;
  private onTimeNow = 0;

  constructor(slo?: Slo) {
    this.slo = slo;
  }

  private get failed(): number {
    return Object.values(this.failures).reduce((sum, count) => sum + count, 0);
  }

  /** A scheduled instant has come. */
  schedule(arrivalUs: number): void {
    if (this.scheduled === 0) this.firstUs = arrivalUs;
    this.lastUs = arrivalUs;
    this.scheduled++;
  }

  /** The query reached its connection this long after its instant. `inFlight` includes it. */
  send(lagUs: number, inFlight: number): void {
    this.sendLag.add(lagUs);
    this.sendLagNow.add(lagUs);
    this.mostInFlight = Math.max(this.mostInFlight, inFlight);
  }

  /** A query has ended; each ends once. A failed one has no latency, and misses every objective. */
  end(outcome: LoadOutcome, arrivalUs: number, endUs: number): void {
    this.lastEndUs = Math.max(this.lastEndUs, endUs);
    if (outcome !== 'answered') {
      this.failures[outcome]++;
      this.failedNow++;
      return;
    }
    const latencyUs = endUs - arrivalUs;
    this.latency.add(latencyUs);
    this.latencyNow.add(latencyUs);
    if (this.slo !== undefined && latencyUs <= usFromMs(this.slo.latencyMs)) {
      this.onTime++;
      this.onTimeNow++;
    }
  }

  /** Whether anything was sent or ended since the last second was closed. */
  get hasOpenSecond(): boolean {
    return this.sendLagNow.count + this.latencyNow.count + this.failedNow > 0;
  }

  /** Closes the running second and returns it. */
  closeSecond(inFlight: number): LoadSecond {
    const answered = this.latencyNow.count;
    const ended = answered + this.failedNow;
    const second: LoadSecond = {
      second: this.seconds.length + 1,
      sent: this.sendLagNow.count,
      answered,
      failed: this.failedNow,
      p50Ms: this.latencyNow.percentileMs(50),
      p99Ms: this.latencyNow.percentileMs(99),
      ...(this.slo === undefined || ended === 0 ? {} : { sloAttainment: this.onTimeNow / ended }),
      inFlight,
      sendLagP99Ms: this.sendLagNow.percentileMs(99),
    };
    this.seconds.push(second);
    this.latencyNow.clear();
    this.sendLagNow.clear();
    this.failedNow = 0;
    this.onTimeNow = 0;
    return second;
  }

  result({ interrupted }: { interrupted: boolean }): LoadResult {
    const queries = this.scheduled;
    const outcome = this.outcomeOf(this.slo);
    return {
      queries,
      answered: this.latency.count,
      failed: this.failed,
      failures: { ...this.failures },
      spanMs: msFromUs(Math.max(0, this.lastEndUs - this.firstUs)),
      meanRateQps: meanRate(queries, this.lastUs - this.firstUs),
      latency: this.latency.summary(),
      ...(outcome === undefined ? {} : { slo: outcome }),
      sendLag: this.sendLag.summary(),
      mostInFlight: this.mostInFlight,
      interrupted,
      seconds: this.seconds,
    };
  }

  private outcomeOf(slo: Slo | undefined): LoadResult['slo'] {
    if (slo === undefined || this.scheduled === 0) return undefined;
    const misses = this.scheduled - this.onTime;
    const allowed = allowedMisses(this.scheduled, slo.percentile);
    const rank = requiredOnTime(this.scheduled, slo.percentile);
    const mostMs = misses <= allowed ? slo.latencyMs : Number.POSITIVE_INFINITY;
    return {
      ...slo,
      // The histogram rounds up; what is on time by the exact count must not read as late.
      percentileLatencyMs: rank > this.latency.count ? null : Math.min(this.latency.ofRankMs(rank), mostMs),
      sloAttainment: this.onTime / this.scheduled,
      misses,
      allowedMisses: allowed,
      holds: misses <= allowed,
    };
  }
}
