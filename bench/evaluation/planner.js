/**
 * The InferLine paper's Fig. 5: plans against coarse-grained ones over rates and CVs, each simulated on another draw of the same traffic.
 * The paper's CV is the squared coefficient of variation, as its authors' generator draws it.
 *
 *   npm run build && node bench/evaluation/planner.js [--quick]
 */
import { join } from 'node:path';
import { sourceOf } from '../../dist/model/trace.js';
import { coarseConfiguration } from '../../dist/planner/coarse/coarse-plan.js';
import { simulate } from '../../dist/simulation/simulate.js';
import { arrivalsUsOf } from '../arrivals.js';
import { figure, printTable, ROOT } from '../measure.js';
import { planningInput } from '../shipped.js';
import { planOn } from './setting.js';

const isQuick = process.argv.includes('--quick');
const PIPELINES = [
  ['image-processing', 150],
  ['video-monitoring', 150],
  ['video-monitoring', 300],
];
const SQUARED_CVS = [0.1, 1, 4];
const RATES = isQuick ? [50] : [50, 100, 150, 200, 250, 300];
const SECONDS = 60;
const READINGS = ['fastest', 'cheapest'].flatMap((hardware) =>
  ['mean', 'peak'].flatMap((rate) => [false, true].map((leavesRoom) => ({ rate, hardware, leavesRoom }))),
);
const nameOf = ({ rate, hardware, leavesRoom }) => `CG-${rate}, ${hardware}${leavesRoom ? ', room for a batch' : ''}`;

const range = (values) =>
  values.length === 0 ? '-' : `${figure(Math.min(...values))} to ${figure(Math.max(...values))}`;
const percent = (values) =>
  values.length === 0
    ? '-'
    : `${(100 * Math.min(...values)).toFixed(1)} to ${(100 * Math.max(...values)).toFixed(1)} %`;

for (const [name, latencyMs] of PIPELINES) {
  for (const squared of SQUARED_CVS) {
    const found = new Map([
      ['InferLine', { ratios: [], attained: [] }],
      ...READINGS.map((reading) => [nameOf(reading), { ratios: [], attained: [] }]),
    ]);
    let planned = 0;
    for (const rateQps of RATES) {
      const drawn = (seed) => arrivalsUsOf({ rateQps, cv: Math.sqrt(squared), count: rateQps * SECONDS, seed });
      const input = {
        ...planningInput(join(ROOT, 'examples', name, 'pipeline.yaml'), drawn(1)),
        slo: { latencyMs, percentile: 99 },
      };
      const plan = planOn(input);
      if (plan === undefined) continue;
      planned++;
      const served = { arrivalsUs: drawn(2) };
      const take = (key, configuration) => {
        const result = simulate({ ...input, configuration, arrivals: sourceOf(served) });
        found.get(key).attained.push(result.slo.sloAttainment);
        found.get(key).ratios.push(result.costUsdPerHour / plan.costUsdPerHour);
      };
      take('InferLine', plan.stages);
      for (const reading of READINGS) {
        const coarse = coarseConfiguration(input, reading);
        if (coarse !== undefined) take(nameOf(reading), coarse.configuration);
      }
    }
    printTable(
      `${name}, p99 <= ${latencyMs} ms, CV² ${squared}: ${planned} of ${RATES.length} rates from ${RATES[0]} to ${RATES.at(-1)}/s have a plan`,
      ['', 'cost ÷ InferLine', 'attained on another draw'],
      [...found].map(([key, { ratios, attained }]) => [key, range(ratios), percent(attained)]),
    );
  }
}
