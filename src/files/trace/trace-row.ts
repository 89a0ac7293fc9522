/** One row of a trace file: decimal milliseconds as whole microseconds, without binary fractions. */

const ZERO = 48;
const POINT = 46;
const DECIMALS_OF_US = 3;
const LONGEST_SHOWN = 40;

/** Rule for a row, as a problem line states it. */
export const ROW_FAULTS = 'must be milliseconds ≥ 0, such as 1234.567';

/**
 * The number in bytes [start, end) in whole microseconds, rounded half up. -1 unless the bytes are digits with at most
 * one point between them, and when the number is too large to be exact.
 */
export function parseRow(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let us = 0;
  for (; at < end; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) break;
    us = us * 10 + digit;
  }
  if (at === start) return -1;
  let missing = DECIMALS_OF_US;
  if (at < end) {
    if (bytes[at] !== POINT || at + 1 === end) return -1;
    const pointAt = at;
    let roundUp = 0;
    for (at++; at < end; at++) {
      const digit = bytes[at]! - ZERO;
      if (digit < 0 || digit > 9) return -1;
      if (missing > 0) {
        us = us * 10 + digit;
        missing--;
      } else if (at - pointAt === DECIMALS_OF_US + 1 && digit >= 5) roundUp = 1;
    }
    for (; missing > 0; missing--) us *= 10;
    us += roundUp;
  } else {
    for (; missing > 0; missing--) us *= 10;
  }
  return us <= Number.MAX_SAFE_INTEGER ? us : -1;
}

/** Bytes for a problem line: short, on one line, without control characters. */
export function offeredBytes(bytes: Uint8Array, start: number, end: number): string {
  if (start >= end) return '(empty)';
  const text = Array.from(bytes.subarray(start, Math.min(end, start + LONGEST_SHOWN)), (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·',
  ).join('');
  return end - start > LONGEST_SHOWN ? `${text}…` : text;
}
