/**
 * Paced samples of a batch size that occurred too rarely: those of batch size 1, scaled by the ratio of the hot
 * medians.
 *
 * Worked number: hot medians of 2 ms at size 1 and 5 ms at size 4 turn a paced sample of 3 ms into 7.5 ms.
 */

/** Fewer paced samples than this say less of a size than the scaled ones. */
export const LEAST_PACED_SAMPLES = 20;

/** The scaled samples in their order; both medians in one unit. */
export function scaledSamples(
  pacedAtOneMs: readonly number[],
  hot: { readonly oneMs: number; readonly sizeMs: number },
): readonly number[] {
  return pacedAtOneMs.map((ms) => (ms * hot.sizeMs) / hot.oneMs);
}
