/**
 * Every random number comes from one seed through a named stream, so a new draw in one place changes no other draw.
 *
 * Streams are of two kinds. `randomStream` is sequential, for arrivals. `keyedUniform` is indexed: the draw for query 7
 * on one edge does not depend on earlier draws, so every configuration sees the same queries take the same branches.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A 32-bit key from a seed and names (FNV-1a over the UTF-16 units, then murmur3's finaliser). */
export function streamKey(seed: number, ...names: readonly string[]): number {
  let hash = 0x811c9dc5 ^ mix(seed | 0) ^ mix(Math.floor(seed / 0x1_0000_0000) + 0x9e3779b9);
  for (const name of names) {
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
    hash = Math.imul(hash ^ 0xffff, 0x01000193); // ends the name: ('ab','c') and ('a','bc') differ
  }
  return mix(hash);
}

/** A sequential stream of uniforms in [0, 1) for one purpose. */
export function randomStream(seed: number, ...names: readonly string[]): () => number {
  const generator = xoroshiro128plus(streamKey(seed, ...names));
  return () => uniformFloat64(generator);
}

/** The uniform in [0, 1) at `index` (0 ≤ index < 2^53) of the stream `key`; 32 bits of resolution. */
export function keyedUniform(key: number, index: number): number {
  const low = index | 0;
  const high = (index - (low >>> 0)) / 0x1_0000_0000;
  const scrambled = mix(Math.imul(low, 0x9e3779b1) ^ key);
  return (mix(scrambled + Math.imul(high, 0x85ebca6b) + Math.imul(key, 0xc2b2ae35)) >>> 0) / 0x1_0000_0000;
}

/** murmur3's 32-bit finaliser: each input bit flips each output bit with probability close to one half. */
function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
