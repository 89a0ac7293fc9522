import { expect, it } from 'vitest';
import { type SampleFilter, sumOfSamples } from '../../../src/backends/arrivals/metrics-text.js';

const TEXT = `# HELP requests Count of requests
# TYPE requests counter
requests{model="detect",version="1"} 5
requests{model="detect",version="2"} 2 1795350365123
requests{model="a\\"}b",version="1"} 40
requests_total 7
broken{model="a"} NaN
broken{model="b"} 3
`;

it.each<[string, SampleFilter, number | undefined]>([
  ['those with the label', { name: 'requests', labels: { model: 'detect' } }, 7],
  ['those with both labels', { name: 'requests', labels: { model: 'detect', version: '2' } }, 2],
  ['all of the name, no longer ones', { name: 'requests' }, 47],
  ['one without labels', { name: 'requests_total' }, 7],
  ['a label with a quote and a brace in it', { name: 'requests', labels: { model: 'a"}b' } }, 40],
  ['what is no number to what is not known', { name: 'broken' }, Number.NaN],
  ['none', { name: 'request' }, undefined],
])('sums %s', (_, filter, sum) => {
  expect(sumOfSamples(TEXT, filter)).toBe(sum);
});

it.each(['-1', '1e99', '+Inf', 'null', '""', '0x10', '1,5', '', '9007199254740993', '<b>1</b>'])(
  'a sample of %s is not known',
  (value) => {
    expect(sumOfSamples(`requests ${value}\nother 1\n`, { name: 'requests' })).toBeNaN();
  },
);

it('a text that breaks off is not known, since half a number is another number', () => {
  expect(sumOfSamples('requests 12', { name: 'requests' })).toBeNaN();
  expect(sumOfSamples('requests 1.234e3\n', { name: 'requests' })).toBe(1234);
});
