/**
 * Bytes of bodies that this process holds: those that still arrive, and those of queries that wait for their answer. Slow
 * senders cannot take what others need, because what still arrives gets half of the room at most.
 */

const MOST_BYTES = 1024 * 1024 * 1024;
const MOST_ARRIVING_BYTES = MOST_BYTES / 2;

export class BodyBudget {
  private arriving = 0;
  private held = 0;

  /** Whether so many more bytes may arrive; then they count until `arrived`. */
  arrive(bytes: number): boolean {
    const isWithin = this.arriving + bytes <= MOST_ARRIVING_BYTES && this.hasRoom(bytes);
    if (isWithin) this.arriving += bytes;
    return isWithin;
  }

  /** So many bytes that were arriving are here, or will not come. */
  arrived(bytes: number): void {
    this.arriving -= bytes;
  }

  /** Whether a query may hold so many bytes; then they count until `release`. */
  hold(bytes: number): boolean {
    if (!this.hasRoom(bytes)) return false;
    this.held += bytes;
    return true;
  }

  release(bytes: number): void {
    this.held -= bytes;
  }

  private hasRoom(bytes: number): boolean {
    return this.arriving + this.held + bytes <= MOST_BYTES;
  }
}
