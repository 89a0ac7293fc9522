/** Every policy that `compare` knows, in the order of its help. A new policy is a file of its own and a line here. */
import { AUTOSCALE } from './autoscale.js';
import { DS2_KINDS } from './ds2.js';
import { FIXED } from './fixed.js';
import { HPA_KINDS } from './hpa.js';
import { INFERLINE_KINDS } from './inferline.js';
import { IPA } from './ipa.js';
import { KNATIVE } from './knative.js';
import { MARK } from './mark.js';
import type { PolicyKind } from './policy.js';
import { RAY } from './ray.js';

// biome-ignore lint/suspicious/noExplicitAny: each kind has parameters of its own, which its reader checked
export const POLICY_KINDS: readonly PolicyKind<any>[] = [
  ...INFERLINE_KINDS,
  ...HPA_KINDS,
  KNATIVE,
  RAY,
  AUTOSCALE,
  MARK,
  IPA,
  ...DS2_KINDS,
  FIXED,
];
