import { expect, it } from 'vitest';
import { addTo, cvOf, emptyMoments } from '../../src/stats/moments.js';
import { type GammaProcess, refitted } from '../../src/workload/refit.js';

function refits(process: GammaProcess, { queries, times }: { queries: number; times: number }) {
  const rate = emptyMoments();
  const cv = emptyMoments();
  for (let seed = 0; seed < times; seed++) {
    const fit = refitted(process, { queries, seed });
    addTo(rate, fit.rateQps);
    addTo(cv, fit.cv);
  }
  return { rate, cv };
}

// Standard error of the mean gap: cv/√n. Of the variance: √((κ − 1)/n) with kurtosis κ = 3 + 6·cv² for the gamma law; the cv
// takes half of that and half of twice the mean's, which correlates with it. The table has the rate only, and 400 refits give a
// standard deviation to within 1/√800 = 3.5 %, so four standard errors are 14 %.
it.each([
  ['Poisson, 10 000 queries', { rateQps: 100, cv: 1 }, 10_000, 0.01],
  ['cv 2, 10 000 queries', { rateQps: 100, cv: 2 }, 10_000, 0.02],
  ['cv 2, a million queries, of which 50 000 gaps are drawn', { rateQps: 100, cv: 2 }, 1_000_000, 0.002],
])(
  'the rate scatters around the fit as a fit does around the truth: %s',
  { tags: ['slow'] },
  (_, process, queries, expected) => {
    const { rate } = refits(process, { queries, times: 400 });
    expect(Math.abs(rate.mean / process.rateQps - 1)).toBeLessThan((4 * expected) / 20 + expected ** 2);
    expect(cvOf(rate) / expected).toBeGreaterThan(0.86);
    expect(cvOf(rate) / expected).toBeLessThan(1.14);
  },
);

// Exponential gaps: the squared cv of n gaps has standard error √(κ − 1 + 4·cv² − 4·skewness·cv)/√n·cv² with κ = 9, skewness 2:
// √(8 + 4 − 8) = 2, so the cv's is 2/2 = 1, over √n.
it('the cv of exponential gaps scatters by 1/√n', () => {
  const { cv } = refits({ rateQps: 100, cv: 1 }, { queries: 10_001, times: 400 });
  expect(cvOf(cv) / 0.01).toBeGreaterThan(0.86);
  expect(cvOf(cv) / 0.01).toBeLessThan(1.14);
});

it.each([
  ['an even process', { rateQps: 5, cv: 0 }, 1_000],
  ['one arrival', { rateQps: 5, cv: 2 }, 1],
  ['two arrivals', { rateQps: 5, cv: 2 }, 2],
])('%s is refitted to itself', (_, process, queries) => {
  expect(refitted(process, { queries, seed: 1 })).toEqual(process);
});
