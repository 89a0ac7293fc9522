/** Finds the known name closest to a mistyped one, so that an error can suggest it. */
import { distance } from 'fastest-levenshtein';

/** Longer names are not compared. */
const MAX_LENGTH = 100;

/** The closest candidate, if it is close enough to be a typing slip or a name cut short; the first of equals. */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  const lowered = name.toLowerCase();
  let nearest: string | undefined;
  // A name with every letter changed is not a slip.
  let least = Math.min(Math.max(1, Math.floor((name.length + 1) / 3)) + 1, name.length);
  for (const candidate of candidates) {
    if (candidate.length > MAX_LENGTH) continue;
    const other = candidate.toLowerCase();
    const isCut = Math.min(name.length, other.length) >= 3 && (other.startsWith(lowered) || lowered.startsWith(other));
    const edits = isCut ? 1 : distance(lowered, other);
    if (edits < least) {
      nearest = candidate;
      least = edits;
    }
  }
  return nearest;
}

/** The end of an error line: ` (did you mean x?)` when a candidate is close, otherwise nothing. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const nearest = nearestName(name, candidates);
  return nearest === undefined ? '' : ` (did you mean ${nearest}?)`;
}
