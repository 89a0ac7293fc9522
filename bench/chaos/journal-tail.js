/** The journal of a tuner as it grows: the complete records, each with the era of `serve` in which it was seen. */
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

export class JournalTail {
  /** `{ record, era }`, oldest first. */
  entries = [];
  /** Replicas by stage of every record that has a state, oldest first. */
  states = [];
  #path;
  #eraNow;
  #read = 0;

  /** @param options `eraNow()` gives the number of the present era */
  constructor({ path, eraNow }) {
    this.#path = path;
    this.#eraNow = eraNow;
  }

  /** Takes in what was written since it was last called. */
  look() {
    if (!existsSync(this.#path)) return;
    const file = openSync(this.#path, 'r');
    const { size } = fstatSync(file);
    if (size < this.#read) throw new Error('the journal lost records');
    const bytes = Buffer.alloc(size - this.#read);
    readSync(file, bytes, 0, bytes.length, this.#read);
    closeSync(file);
    const whole = bytes.lastIndexOf(10) + 1;
    this.#read += whole;
    for (const line of bytes.subarray(0, whole).toString().split('\n')) {
      if (line !== '') this.#take(JSON.parse(line));
    }
  }

  #take(record) {
    this.entries.push({ record, era: this.#eraNow() });
    if (record.stages !== undefined) this.stages = record.stages;
    if (record.state === undefined) return;
    this.states.push(Object.fromEntries(this.stages.map((stage, s) => [stage, record.state.replicas[s]])));
  }
}
