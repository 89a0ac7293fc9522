/**
 * Exponential and normal draws by the ziggurat method (Marsaglia & Tsang, "The Ziggurat Method for Generating Random
 * Variables", J. Stat. Software 5(8), 2000; constants R and V from there). Layers of equal area cover the density; a
 * point under the next layer's edge is taken at the cost of one uniform. Only +, ×, sqrt, log and exp are used: these
 * are computed in software by the engine, so the draws are the same bytes on every machine (`Math.pow` is not).
 */

const NORMAL_LAYERS = 128;
const NORMAL_TAIL = 3.442619855899;
const NORMAL_AREA = 9.91256303526217e-3;

const EXPONENTIAL_LAYERS = 256;
const EXPONENTIAL_TAIL = 7.69711747013105;
const EXPONENTIAL_AREA = 3.949659822581572e-3;

/** Right edges of the layers, from the base (which stands for the tail as well) to the top. */
interface Layers {
  readonly edges: Float64Array;
  /** Next edge ÷ this edge: below this share of a layer a point needs no test. */
  readonly inside: Float64Array;
}

const normalLayers = layersOf(NORMAL_LAYERS, NORMAL_TAIL, NORMAL_AREA, {
  density: (x) => Math.exp(-0.5 * x * x),
  inverse: (y) => Math.sqrt(-2 * Math.log(y)),
});

const exponentialLayers = layersOf(EXPONENTIAL_LAYERS, EXPONENTIAL_TAIL, EXPONENTIAL_AREA, {
  density: (x) => Math.exp(-x),
  inverse: (y) => -Math.log(y),
});

/** One draw from the normal law with mean 0 and variance 1. */
export function drawNormal(uniform: () => number): number {
  const { edges, inside } = normalLayers;
  for (;;) {
    const scaled = uniform() * NORMAL_LAYERS;
    const layer = Math.floor(scaled);
    const signed = (scaled - layer) * 2 - 1;
    const edge = edges[layer]!;
    if (Math.abs(signed) < inside[layer]!) return signed * edge;
    if (layer === 0) return signed < 0 ? -drawNormalTail(uniform) : drawNormalTail(uniform);
    const x = signed * edge;
    const nextEdge = edges[layer + 1]!;
    const low = Math.exp(-0.5 * (edge * edge - x * x));
    const high = Math.exp(-0.5 * (nextEdge * nextEdge - x * x));
    if (high + uniform() * (low - high) < 1) return x;
  }
}

/** One draw from the exponential law with mean 1. */
export function drawExponential(uniform: () => number): number {
  const { edges, inside } = exponentialLayers;
  for (;;) {
    const scaled = uniform() * EXPONENTIAL_LAYERS;
    const layer = Math.floor(scaled);
    const share = scaled - layer;
    const edge = edges[layer]!;
    if (share < inside[layer]!) return share * edge;
    if (layer === 0) return EXPONENTIAL_TAIL - Math.log(1 - uniform());
    const x = share * edge;
    const low = Math.exp(x - edge);
    const high = Math.exp(x - edges[layer + 1]!);
    if (high + uniform() * (low - high) < 1) return x;
  }
}

/** Marsaglia's method for a normal draw beyond the base layer. */
function drawNormalTail(uniform: () => number): number {
  for (;;) {
    const x = -Math.log(1 - uniform()) / NORMAL_TAIL;
    const y = -Math.log(1 - uniform());
    if (2 * y >= x * x) return NORMAL_TAIL + x;
  }
}

function layersOf(
  count: number,
  tail: number,
  area: number,
  { density, inverse }: { density: (x: number) => number; inverse: (y: number) => number },
): Layers {
  const edges = new Float64Array(count + 1);
  edges[0] = area / density(tail);
  edges[1] = tail;
  for (let layer = 2; layer < count; layer++) {
    const edge = edges[layer - 1]!;
    edges[layer] = inverse(area / edge + density(edge));
  }
  const inside = Float64Array.from({ length: count }, (_, layer) => edges[layer + 1]! / edges[layer]!);
  return { edges, inside };
}
