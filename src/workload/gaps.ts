/**
 * Gaps between arrivals with mean 1 and a given coefficient of variation cv = σ/μ (not its square).
 *
 * Gamma law with shape 1/cv² and scale cv²: cv 1 is the exponential law (Poisson arrivals), cv 0 is a constant gap.
 * Worked: cv 2 → shape 0.25, scale 4, mean 0.25 · 4 = 1, variance 0.25 · 4² = 4 = 2².
 * Method: Marsaglia & Tsang, "A Simple Method for Generating Gamma Variables", ACM TOMS 26(3), 2000; a shape below 1 is
 * drawn at shape + 1 and multiplied by U^(1/shape), here exp(−E/shape) with E exponential.
 */
import { drawExponential, drawNormal } from './ziggurat.js';

/** Fills `block` from `from` up to `to` with gaps of one CV; the CV may differ from one call to the next. */
export type GapFiller = (block: Float64Array, from: number, to: number, cv: number) => void;

/** Two streams, one per loop: the draws do not depend on the size of the caller's blocks. */
export function gapFiller(uniform: () => number, boostUniform: () => number): GapFiller {
  return (block, from, to, cv) => {
    if (cv === 0) block.fill(1, from, to);
    else if (cv === 1) fillExponential(uniform, block, from, to);
    else {
      fillGamma(uniform, block, from, to, cv * cv);
      if (cv > 1) boost(boostUniform, block, from, to, cv * cv);
    }
  };
}

function fillExponential(uniform: () => number, block: Float64Array, from: number, to: number): void {
  for (let i = from; i < to; i++) block[i] = drawExponential(uniform);
}

/** Gamma draws of shape 1/scale, or one more than that when 1/scale is below 1, times the scale. */
function fillGamma(uniform: () => number, block: Float64Array, from: number, to: number, scale: number): void {
  const d = 1 / scale + (scale > 1 ? 1 : 0) - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  let i = from;
  while (i < to) {
    const x = drawNormal(uniform);
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root * root * root;
    const u = 1 - uniform();
    const square = x * x;
    if (u >= 1 - 0.0331 * square * square && Math.log(u) >= 0.5 * square + d * (1 - v + Math.log(v))) continue;
    block[i++] = d * v * scale;
  }
}

/** From shape 1/scale + 1 to shape 1/scale. */
function boost(uniform: () => number, block: Float64Array, from: number, to: number, scale: number): void {
  for (let i = from; i < to; i++) block[i] = block[i]! * Math.exp(-drawExponential(uniform) * scale);
}
