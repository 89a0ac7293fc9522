import { expect, it } from 'vitest';
import { type SampleFilter, sumOfSamples } from '../../../src/backends/arrivals/metrics-text.js';

const TEXT = `# HELP requests Count of requests
# TYPE requests counter
requests{model="detect",version="1"} 5
requests{model="detect",version="2"} 2 1795350365123
requests{model="a\\"}b",version="1"} 40
requests_total 7
requests{model="broken"} NaN
`;

it.each<[string, SampleFilter, number | undefined]>([
  ['those with the label', { name: 'requests', labels: { model: 'detect' } }, 7],
  ['those with both labels', { name: 'requests', labels: { model: 'detect', version: '2' } }, 2],
  ['all of the name, no longer ones', { name: 'requests' }, 47],
  ['one without labels', { name: 'requests_total' }, 7],
  ['a label with a quote and a brace in it', { name: 'requests', labels: { model: 'a"}b' } }, 40],
  ['no number', { name: 'requests', labels: { model: 'broken' } }, undefined],
  ['none', { name: 'request' }, undefined],
])('sums %s', (_, filter, sum) => {
  expect(sumOfSamples(TEXT, filter)).toBe(sum);
});
