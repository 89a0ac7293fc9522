/** Rounds to six decimals, the precision of derived figures in a plan file. */
export function rounded(figure: number): number {
  return Math.round(figure * 1e6) / 1e6;
}
