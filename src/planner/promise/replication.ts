/** One draw of fresh traffic, and how many of its queries miss the objective under a configuration. */
import type { Configuration } from '../../model/configuration.js';
import type { Pipeline, Stage } from '../../model/pipeline.js';
import type { FreshTraffic } from '../../model/plan/traffic-model.js';
import type { ArrivalSource } from '../../model/trace.js';
import { streamKey } from '../../random.js';
import { PipelineRun, type StageSetup } from '../../simulation/pipeline-run.js';
import { type ServiceTimes, serviceTimes, shortestUs } from '../../simulation/service-times.js';
import type { StageChoice } from '../../simulation/verdict/prefix.js';
import { restsUs } from '../../simulation/verdict/routes.js';
import { StagewiseSimulator } from '../../simulation/verdict/stagewise.js';
import { usFromMs } from '../../units.js';
import { optionKey } from '../space/option.js';
import type { PlanningInput } from '../space/search-space.js';

const BLOCK = 4096;
/**
 * What is kept of a draw's simulations, in bytes a query and stage: the rows of one configuration, and half of
 * another's.
 */
const KEPT_BYTES = 36;
/** Of one draw: all draws together keep a quarter of a gigabyte at most. */
const MOST_BYTES = 12 * 1024 * 1024;

/** A scenario, an objective, and the resampled traffic. */
export interface PromiseInput extends Pick<PlanningInput, 'pipeline' | 'profiles' | 'slo' | 'serviceModel' | 'seed'> {
  readonly traffic: FreshTraffic;
}

/** Draw number `replication`, with routes and measured service times drawn anew. */
export class Replication {
  private readonly input: PromiseInput;
  private readonly replication: number;
  private readonly most: number;
  private readonly seed: number;
  private readonly services = new Map<string, ServiceTimes>();
  private readonly rests = new Map<string, readonly Float64Array[]>();
  private simulator: StagewiseSimulator | undefined;

  /** @param most the largest `enough` that `misses` is asked with, but for Infinity */
  constructor(input: PromiseInput, replication: number, most: number) {
    this.input = input;
    this.replication = replication;
    this.most = most;
    this.seed = streamKey(input.seed, 'promise', String(replication)) >>> 0;
  }

  /** Misses of a configuration; where there are at least `enough`, some number that is not below that. */
  misses(configuration: Configuration, enough: number): number {
    if (enough <= this.most) return this.kept().judge(this.choices(configuration)).misses;
    const { pipeline, slo, traffic } = this.input;
    const stages = this.choices(configuration);
    const arrivals = traffic.open(this.replication);
    return countMisses({ pipeline, stages, seed: this.seed, arrivals, sloUs: usFromMs(slo.latencyMs), enough });
  }

  /**
   * Queries of a kept draw that miss the objective under the choices for the first stages, whatever the batch sizes and
   * replicas of the others on their hardware; or some number that refuses the configuration by itself.
   */
  certainMisses(configuration: Configuration, stages: number): number {
    const simulator = this.kept();
    const choices = this.choices(configuration);
    const rests = this.restsUs(choices);
    const first = choices.slice(0, stages);
    const { holds, misses } = simulator.judge(first);
    if (!holds) return misses;
    return first.reduce((most, _, s) => {
      return Math.max(most, simulator.prefixes.certainMisses(simulator.prefixes.prefix(s, first), rests[s]!));
    }, misses);
  }

  private kept(): StagewiseSimulator {
    this.simulator ??= this.createSimulator();
    return this.simulator;
  }

  private choices(configuration: Configuration): StageChoice[] {
    return configuration.map(({ hardware, maxBatchSize, replicas }, s) => {
      return {
        option: optionKey({ hardware }),
        maxBatchSize,
        replicas,
        service: this.service(this.input.pipeline.stages[s]!, hardware),
      };
    });
  }

  /** Per stage, of each route the fastest rest after the stage on the hardware chosen. */
  private restsUs(choices: readonly StageChoice[]): readonly Float64Array[] {
    const key = choices.map(({ option }) => option).join(' ');
    let rests = this.rests.get(key);
    if (rests === undefined) {
      const { routing, routes } = this.kept();
      const fastestUs = choices.map(({ service }) => shortestUs(service));
      rests = restsUs(routing, routes, fastestUs);
      this.rests.set(key, rests);
    }
    return rests;
  }

  /** Forgets the draw. */
  release(): void {
    this.simulator = undefined;
    this.rests.clear();
  }

  private createSimulator(): StagewiseSimulator {
    const { pipeline, profiles, slo, traffic } = this.input;
    const arrivalsUs = new Float64Array(traffic.queries);
    traffic.open(this.replication).read(arrivalsUs);
    const fastestUs = pipeline.stages.map((stage) => {
      const services = profiles.filter((p) => p.model === stage.model).map((p) => this.service(stage, p.hardware));
      return Math.min(...services.map(shortestUs));
    });
    return new StagewiseSimulator({
      pipeline,
      trace: { arrivalsUs },
      slo,
      seed: this.seed,
      fastestUs,
      allowedMisses: Math.min(this.most, traffic.queries),
      cacheBytes: Math.min(KEPT_BYTES * traffic.queries * pipeline.stages.length, MOST_BYTES),
    });
  }

  private service({ name, model }: Stage, hardware: string): ServiceTimes {
    const key = `${name} ${hardware}`;
    let service = this.services.get(key);
    if (service === undefined) {
      const profile = this.input.profiles.find((p) => p.model === model && p.hardware === hardware)!;
      service = serviceTimes({
        profile,
        maxBatchSize: profile.rows[profile.rows.length - 1]!.batchSize,
        serviceModel: this.input.serviceModel,
        streamKey: streamKey(this.seed, 'service', name),
      });
      this.services.set(key, service);
    }
    return service;
  }
}

/**
 * Queries whose latency exceeds `sloUs`, drained to the last one. Once there are `enough`, the simulation may stop:
 * what it returns is then at least `enough`. Queries before number `from` do not count.
 */
export function countMisses(options: {
  readonly pipeline: Pipeline;
  readonly stages: readonly StageSetup[];
  readonly seed: number;
  readonly arrivals: ArrivalSource;
  readonly sloUs: number;
  readonly enough?: number;
  readonly from?: number;
}): number {
  const { pipeline, stages, seed, arrivals, sloUs, enough = Number.POSITIVE_INFINITY, from: counted = 0 } = options;
  let misses = 0;
  const run = new PipelineRun({
    pipeline,
    stages,
    seed,
    onEnd: ({ from, to, mask, arrivalUs, endUs }) => {
      for (let q = Math.max(from, counted); q < to; q++) {
        if (endUs[q & mask]! - arrivalUs[q & mask]! > sloUs) misses++;
      }
    },
  });
  const block = new Float64Array(BLOCK);
  for (let count = arrivals.read(block); count > 0 && misses < enough; count = arrivals.read(block)) {
    run.admit(block.subarray(0, count));
    // The next block may hold more arrivals at this block's last instant, so the step ends just before it.
    run.advance(block[count - 1]! - 1);
  }
  if (misses < enough) run.advance(Number.POSITIVE_INFINITY);
  return misses;
}
