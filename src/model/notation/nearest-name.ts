/** The known name a mistyped one most likely stands for, so that an error can offer it. */
import { distance } from 'fastest-levenshtein';

/** Longer names are not compared: nobody mistypes a page of text. */
const MAX_LENGTH = 100;

/** The closest candidate when it is near enough to be a slip of the hand or a name cut short; the first of equals. */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  const lowered = name.toLowerCase();
  let nearest: string | undefined;
  // A name of which every letter is another is no slip.
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

/** ` (did you mean x?)` when a candidate is near, otherwise nothing: the end of an error line. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const nearest = nearestName(name, candidates);
  return nearest === undefined ? '' : ` (did you mean ${nearest}?)`;
}
