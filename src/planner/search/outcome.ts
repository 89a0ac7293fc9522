/** What came of a choice in a depth-first search. */
export type Outcome =
  /** Whatever follows from the choice was explored; nothing shows that the choice itself is hopeless. */
  | { readonly kind: 'explored' }
  /** The choice of stage `toStage` is pruned under those before it: the search goes on with the next choice there. */
  | { readonly kind: 'backjump'; readonly toStage: number };

export const EXPLORED: Outcome = { kind: 'explored' };

export function backjump(toStage: number): Outcome {
  return { kind: 'backjump', toStage };
}
