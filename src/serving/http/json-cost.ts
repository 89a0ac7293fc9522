/** What reading a JSON text takes: some texts take thirty times their bytes, and many names take long. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const VALUE_BYTES = 24;
const CONTAINER_BYTES = 64;
const TEXT_BYTES = 32;
/** By the byte that stands outside of texts. */
const COSTS = new Uint8Array(256);
COSTS[0x2c] = VALUE_BYTES; // ,
COSTS[COLON] = CONTAINER_BYTES;
COSTS[0x5b] = CONTAINER_BYTES; // [
COSTS[0x7b] = CONTAINER_BYTES; // {

export interface JsonCost {
  /** Memory that the values take at most, roughly, and the text itself. */
  readonly bytes: number;
  /** Names of the members of objects, those that stand twice too. */
  readonly names: number;
}

/** In a text that is no JSON, some numbers. */
export function jsonCost(json: Uint8Array): JsonCost {
  let bytes = 2 * json.length;
  let names = 0;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at]!;
    if (byte !== QUOTE) {
      bytes += COSTS[byte]!;
      if (byte === COLON) names++;
      continue;
    }
    bytes += TEXT_BYTES;
    for (at++; at < json.length && json[at] !== QUOTE; at++) if (json[at] === BACKSLASH) at++;
  }
  return { bytes, names };
}
