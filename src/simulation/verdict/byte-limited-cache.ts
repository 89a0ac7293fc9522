interface Entry<T> {
  readonly value: T;
  readonly bytes: number;
  /** Whether it was used since it was set, or since room was last made. */
  isUsed: boolean;
}

/**
 * Keeps what was used lately, up to a number of bytes. Room is made from the oldest on, and what was used gets a second chance: using an
 * entry costs no more than finding it.
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
