/**
 * What a plan could have chosen, and what the trace leaves each stage: read anew from the inputs for the verifier.
 *
 * A hardware vector is one kind of hardware for every stage. Its stages have a window: the objective less the fastest
 * way to the stage and less the fastest way on from it, each the least over the routes that visit the stage.
 */
import type { Scenario } from '../model/scenario.js';
import { streamKey } from '../random.js';
import { type ServiceTimes, serviceTimes } from '../simulation/service-times.js';
import { microUsd } from '../units.js';
import type { Traffic } from './stage-replay.js';

export interface KindOption {
  readonly hardware: string;
  /** Of one replica-hour. */
  readonly priceMicroUsd: number;
  readonly service: ServiceTimes;
  /** What the search may choose: the measured sizes and the powers of two between them, largest first. */
  readonly batchSizes: readonly number[];
  /** Shortest time any batch takes. */
  readonly fastestUs: number;
}

/** Cost of some replicas of one stage per hour. */
export function replicasMicroUsd({ priceMicroUsd }: KindOption, replicas: number): number {
  return priceMicroUsd * replicas;
}

/** Per stage, every priced kind of hardware that its model is profiled on. */
export function kindOptions(given: Scenario): KindOption[][] {
  return given.pipeline.stages.map(({ name, model }) => {
    const options: KindOption[] = [];
    for (const kind of given.hardware) {
      const profile = given.profiles.find((p) => p.model === model && p.hardware === kind.name);
      if (profile === undefined) continue;
      const measured = profile.rows.map(({ batchSize }) => batchSize);
      const [smallest = 1, largest = 1] = [measured[0], measured.at(-1)];
      const batchSizes = [];
      for (let size = largest; size >= smallest; size--) {
        if (measured.includes(size) || (size & (size - 1)) === 0) batchSizes.push(size);
      }
      const service = serviceTimes({
        profile,
        maxBatchSize: largest,
        serviceModel: given.serviceModel,
        streamKey: streamKey(given.seed, 'service', name),
      });
      const fastestUs = Math.min(...service.fastestUs.subarray(1));
      options.push({
        hardware: kind.name,
        priceMicroUsd: microUsd(kind.costUsdPerHour),
        service,
        batchSizes,
        fastestUs,
      });
    }
    return options;
  });
}

/** The different sets of stages that queries visit. */
export interface VisitKinds {
  /** Per query. */
  readonly kindOf: Int32Array;
  /** Per kind, the stages visited. */
  readonly stages: readonly ReadonlySet<number>[];
}

export function visitKinds({ arrivalsUs, routing }: Traffic): VisitKinds {
  const numbers = new Map<string, number>();
  const stages: Set<number>[] = [];
  const kindOf = Int32Array.from(arrivalsUs, (_, q) => {
    const visited = routing.parents.map((_, s) => s).filter((s) => routing.itemsAt(s, q) > 0);
    const name = visited.join();
    if (!numbers.has(name)) {
      numbers.set(name, stages.length);
      stages.push(new Set(visited));
    }
    return numbers.get(name)!;
  });
  return { kindOf, stages };
}

export interface FastestWays {
  /** Per stage and kind of visit, the fastest way on after the stage. */
  readonly restUs: readonly Float64Array[];
  /** Per stage, the longest time between entering and leaving it that a query on time can have. */
  readonly windowsUs: readonly number[];
}

/** @param serviceUs per stage, the shortest time any batch takes */
export function fastestWays(
  { routing }: Traffic,
  kinds: VisitKinds,
  { serviceUs, sloUs }: { serviceUs: readonly number[]; sloUs: number },
): FastestWays {
  const stages = serviceUs.map((_, s) => s);
  const restUs = stages.map(() => new Float64Array(kinds.stages.length));
  const leastTo = stages.map(() => Number.POSITIVE_INFINITY);
  const leastOn = stages.map(() => Number.POSITIVE_INFINITY);
  kinds.stages.forEach((visited, kind) => {
    const to = stages.map(() => 0);
    const on = stages.map(() => 0);
    const edges = stages.flatMap((s) => routing.parents[s]!.map((p) => [p, s] as const));
    const taken = edges.filter(([p, s]) => p >= 0 && visited.has(p) && visited.has(s));
    // Edges come by their later end, so ways to a stage are known before ways through it.
    for (const [p, s] of taken) to[s] = Math.max(to[s]!, to[p]! + serviceUs[p]!);
    for (const [p, s] of taken.toReversed()) on[p] = Math.max(on[p]!, on[s]! + serviceUs[s]!);
    for (const s of visited) {
      restUs[s]![kind] = on[s]!;
      leastTo[s] = Math.min(leastTo[s]!, to[s]!);
      leastOn[s] = Math.min(leastOn[s]!, on[s]!);
    }
  });
  const windowsUs = stages.map((s) =>
    leastTo[s] === Number.POSITIVE_INFINITY ? sloUs : sloUs - leastTo[s]! - leastOn[s]!,
  );
  return { restUs, windowsUs };
}
