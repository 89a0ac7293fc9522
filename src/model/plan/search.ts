/** `exact` proves its result or certifies a gap; `greedy` is the search of the InferLine paper. */
export const SEARCHES = ['exact', 'greedy'] as const;
/** `exact`, which proves its result, or `greedy`, the InferLine paper's. */
export type SearchName = (typeof SEARCHES)[number];
