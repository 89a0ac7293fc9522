/** No replica is removed while the live system does not say how many it has: they may be gone already. */
import type { ReviewChange } from '../tuner/tuner-session.js';

const UNSEEN = { kind: 'hold', reason: 'replicas unknown' } as const;

/** The review of changes, where there is one, after the refusal of a removal while `isSeen()` is false. */
export function removalGuard(review: ReviewChange | undefined, isSeen: () => boolean): ReviewChange {
  return (change, context) => {
    if (change.kind === 'down' && !isSeen()) return { decision: UNSEEN, state: context.before };
    return review?.(change, context) ?? { decision: change, state: context.after };
  };
}
