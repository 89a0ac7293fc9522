/**
 * How much earlier alarms are set, so that half are noticed too early and half too late. Some tenths of a millisecond
 * pass between an alarm and its listener. Every emulated batch would otherwise take longer than its profile.
 *
 * Robbins and Monro's search for a median: a step up for every late alarm, a step down for every early one, whatever
 * the distance. So rare long delays, which come from the machine, count no more than others.
 */
const STEP_US = 2;
const MOST_US = 500;

export class Punctuality {
  private us = 0;

  /** How much earlier an alarm is set that ends a batch of so long a service time: at most half of it. */
  advanceUs(serviceUs: number): number {
    return Math.min(this.us, serviceUs / 2);
  }

  /** Notes how late one was noticed; negative when early. */
  note(latenessUs: number): void {
    this.us = Math.min(MOST_US, Math.max(0, this.us + (latenessUs > 0 ? STEP_US : -STEP_US)));
  }
}
