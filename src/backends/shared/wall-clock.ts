/** The time of day, for what other machines share and for dates beside figures. Spans of time use a steady clock. */

/** Milliseconds since 1970, UTC. */
export function wallMs(): number {
  return Date.now();
}

/** The date in UTC, such as `2026-01-31`. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}
