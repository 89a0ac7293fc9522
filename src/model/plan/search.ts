/** `exact` proves its result or certifies a gap; `greedy` is the search of the InferLine paper. */
export const SEARCHES = ['exact', 'greedy'] as const;
export type SearchName = (typeof SEARCHES)[number];
