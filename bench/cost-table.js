/**
 * Prints docs/cost-tables.md: what the greedy search's plan costs on every shipped pipeline, against SLO, rate and CV.
 *
 *   npm run --silent bench cost-table > docs/cost-tables.md
 */

import { planConfiguration } from '../dist/index.js';
import { runToEnd } from '../dist/planner/run-to-end.js';
import { greedySearch } from '../dist/planner/search/greedy-search.js';
import { Feasibility } from '../dist/planner/space/feasibility.js';
import { configurationMicroUsd } from '../dist/planner/space/pricing.js';
import { searchSpace } from '../dist/planner/space/search-space.js';
import { traceBounds } from '../dist/planner/space/trace-bounds.js';
import { arrivalsUsOf } from './arrivals.js';
import { figure, markdownTable } from './measure.js';
import { planningInput, SHIPPED } from './shipped.js';

const SLOS_MS = [50, 75, 100, 150, 200, 300, 500, 1000];
const TRAFFIC = [50, 200, 500].flatMap((rateQps) => [1, 4].map((cv) => ({ rateQps, cv })));
const SECONDS = 300;
/** Marks a plan that is cheaper than the plan for a looser SLO under the same traffic. */
const DAGGER = '†';

const INTRODUCTION = `# Cost against SLO, rate and CV

Cost in $/h of the greedy search's plan for p99 within the SLO. Each column is one gamma trace of five minutes with the rate and CV
of its head, seed 1. Service times: the profiles' means. Prices: \`profiles/hardware.yaml\`. No limits on replicas. \`none\`: no
configuration holds; the smallest SLO that can be met stands below the table.

${DAGGER} marks a plan that is cheaper than the plan for a looser SLO in its column. It holds the looser SLO too, so there the search
missed a cheaper configuration (docs/algorithms.md, "What is not monotone").

Made with \`npm run --silent bench cost-table > docs/cost-tables.md\`; the figures depend on no machine.`;

export function bench({ isQuick }) {
  const traffic = isQuick ? TRAFFIC.slice(0, 1) : TRAFFIC;
  const slosMs = isQuick ? SLOS_MS.slice(3, 5) : SLOS_MS;
  const seconds = isQuick ? 20 : SECONDS;
  const traces = traffic.map(({ rateQps, cv }) => arrivalsUsOf({ rateQps, cv, count: rateQps * seconds, seed: 1 }));
  console.log(INTRODUCTION);
  for (const pipeline of SHIPPED) {
    const { pipeline: read, slo } = planningInput(pipeline);
    const columns = traces.map((arrivalsUs) => {
      const input = planningInput(pipeline, arrivalsUs);
      return slosMs.map((latencyMs) => outcome({ ...input, slo: { latencyMs, percentile: 99 } }));
    });
    const rows = slosMs.map((latencyMs, row) => [
      latencyMs === slo.latencyMs ? `**${latencyMs} ms**` : `${latencyMs} ms`,
      ...columns.map((column) => cell(column, row)),
    ]);
    const heads = traffic.map(({ rateQps, cv }) => `${rateQps}/s, CV ${cv}`);
    console.log(`\n## ${read.name}\n`);
    console.log(markdownTable(['SLO', ...heads], rows));
    const marked = rows.flat().filter((text) => text.endsWith(DAGGER)).length;
    console.log(
      `\n${smallestSlo(columns.flat())}${marked} of ${rows.length * heads.length} plans are marked ${DAGGER}.`,
    );
  }
}

/** Cost of the greedy search's plan in whole micro-dollars per hour, or what is said where there is none. */
function outcome(input) {
  const space = searchSpace(input);
  const { holds, configuration } = runToEnd(greedySearch(new Feasibility(traceBounds(input, space), space)));
  return holds
    ? { costMicroUsd: configurationMicroUsd(space, configuration) }
    : { refusal: planConfiguration(input, { search: 'greedy' }) };
}

function cell(column, row) {
  const { costMicroUsd } = column[row];
  if (costMicroUsd === undefined) return 'none';
  const isBeaten = column.slice(row + 1).some((looser) => looser.costMicroUsd > costMicroUsd);
  return `${figure(costMicroUsd / 1e6)}${isBeaten ? ` ${DAGGER}` : ''}`;
}

/** It depends on the share of queries that take the longest way, and so a little on the trace. */
function smallestSlo(outcomes) {
  const named = outcomes.flatMap(({ refusal }) => refusal ?? []);
  if (named.length === 0) return '';
  const smallest = [...new Set(named.map(({ smallestSloMs }) => `${smallestSloMs} ms`))].join(', ');
  const stages = [...new Set(named.map(({ bindingStage }) => bindingStage))].join(', ');
  return `Smallest SLO: ${smallest}; binding stage: ${stages}. `;
}
