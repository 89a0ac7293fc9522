/**
 * The cheapest configuration that holds and costs less than `below`, by replaying every one that is cheaper than the best so far: no
 * bound, no refutation of a part, nothing but cost. The replay is the verifier's, not the search's; it is given, so that tests bring it from src/ and
 * benchmarks from dist/.
 *
 * `accept` is a further condition. It is asked only of configurations that behave unlike all others on the trace: at every stage each
 * replica is busy at some instant together with all others or is one that the stage must have, and the next smaller profiled batch size would change a batch.
 */
export function cheapestByEnumeration(instance, replay, { below = Number.POSITIVE_INFINITY, accept } = {}) {
  const { pipeline, trace, slo, maxReplicas, inventory = {} } = instance;
  const { trafficOf, kindOptions, enteringItems, replayStage, allowedMisses } = replay;
  const { arrivalsUs } = trace;
  const traffic = trafficOf({ pipeline, arrivalsUs, seed: instance.seed });
  const options = kindOptions(instance);
  const allowed = allowedMisses(arrivalsUs.length, slo.percentile);
  const sloUs = Math.floor(slo.latencyMs * 1000 + 0.5);
  const leastAfter = options.map((_, s) =>
    options.slice(s + 1).reduce((sum, kinds) => sum + Math.min(...kinds.map(({ priceMicroUsd }) => priceMicroUsd)), 0),
  );
  let best;
  let replays = 0;

  const holds = (leftUs) => {
    let misses = 0;
    for (let q = 0; q < arrivalsUs.length; q++) {
      const endUs = leftUs.reduce((end, left) => Math.max(end, left[q]), arrivalsUs[q]);
      if (endUs - arrivalsUs[q] > sloUs) misses++;
    }
    return misses <= allowed;
  };
  const extend = ({ chosen, leftUs, costMicroUsd, isDistinct }) => {
    const s = chosen.length;
    if (s === options.length) {
      if (accept !== undefined && !(isDistinct && accept(chosen))) return;
      if (holds(leftUs)) best = { costMicroUsd, configuration: chosen };
      return;
    }
    const items = enteringItems(traffic, s, leftUs);
    const pin = instance.pins?.find(({ stage }) => stage === pipeline.stages[s].name);
    for (const { hardware, priceMicroUsd, batchSizes, service } of options[s]) {
      if (pin !== undefined && pin.hardware !== hardware) continue;
      const used = chosen.reduce((n, c) => n + (c.hardware === hardware ? c.replicas : 0), 0);
      const most = Math.min(pin?.replicas ?? maxReplicas, (inventory[hardware] ?? Number.POSITIVE_INFINITY) - used);
      const fewest = pin?.replicas ?? pipeline.stages[s].minReplicas ?? 1;
      for (let replicas = fewest; replicas <= most; replicas++) {
        const total = costMicroUsd + replicas * priceMicroUsd;
        let unfelt = Number.POSITIVE_INFINITY;
        for (const maxBatchSize of pin?.maxBatchSize === undefined ? batchSizes : [pin.maxBatchSize]) {
          if (total + leastAfter[s] >= (best?.costMicroUsd ?? below)) continue;
          replays++;
          const run = replayStage(traffic, s, { items, choice: { service, maxBatchSize, replicas } });
          const isNew = (run.mostBusy === replicas || replicas === fewest) && maxBatchSize < unfelt;
          // With a batch timeout a cap is felt even where no batch is larger.
          if (traffic.batchTimeoutsUs[s] === 0) unfelt = Math.min(unfelt, run.largestBatch);
          const choice = { stage: pipeline.stages[s].name, hardware, maxBatchSize, replicas };
          extend({
            chosen: [...chosen, choice],
            leftUs: [...leftUs, run.leftUs],
            costMicroUsd: total,
            isDistinct: isDistinct && isNew,
          });
        }
      }
    }
  };
  extend({ chosen: [], leftUs: [], costMicroUsd: 0, isDistinct: true });
  return { best, replays };
}
