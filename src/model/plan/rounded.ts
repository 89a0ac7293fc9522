/** Six decimals: what a plan file keeps of a derived figure. */
export function rounded(figure: number): number {
  return Math.round(figure * 1e6) / 1e6;
}
