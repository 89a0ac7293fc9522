/** What a plan says of itself outside its planning trace, held against the same drawn anew. */
import type { Plan } from '../model/plan/plan.js';
import type { Validated } from '../model/plan/validated.js';
import type { Finding } from './verify-plan.js';

/** Whether what a plan says of itself outside its planning trace is what `found` says. */
export function promiseFinding({ validated }: Plan, found: Validated): Finding {
  const { unpromisedCostUsdPerHour: _, ...stated } = validated!;
  const ok =
    JSON.stringify(stated) === JSON.stringify({ ...found, unpromisedCostUsdPerHour: undefined }) && found.promise.holds;
  return { check: 'promise', ok, detail: ok ? 'as drawn anew' : `must be ${JSON.stringify(found)}` };
}
