interface Entry<T> {
  readonly value: T;
  readonly bytes: number;
  /** Whether the entry was read since it was set or last spared. */
  isUsed: boolean;
}

/**
 * A cache limited by bytes. It evicts from the oldest entry on, and spares an entry once that was read since ("second
 * chance"): a read then costs no more than a look-up.
 */
export class ByteLimitedCache<K, T> {
  private readonly entries = new Map<K, Entry<T>>();
  private bytes = 0;
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  has(key: K): boolean {
    return this.entries.has(key);
  }

  get(key: K): T | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    entry.isUsed = true;
    return entry.value;
  }

  set(key: K, value: T, bytes: number): void {
    this.bytes += bytes - (this.entries.get(key)?.bytes ?? 0);
    this.entries.delete(key);
    this.entries.set(key, { value, bytes, isUsed: false });
    for (const [oldest, entry] of this.entries) {
      if (this.bytes <= this.limit) break;
      if (oldest === key) continue;
      this.entries.delete(oldest);
      if (entry.isUsed) {
        entry.isUsed = false;
        this.entries.set(oldest, entry);
      } else this.bytes -= entry.bytes;
    }
  }

  clear(): void {
    this.entries.clear();
    this.bytes = 0;
  }
}
