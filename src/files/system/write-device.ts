/** Writes to what is no plain file: a pipe or a device, such as /dev/stdout. A rename would replace it. */
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { Patience } from './patience.js';
import { systemCode } from './system-problem.js';

const WRITING = constants.O_WRONLY | (constants.O_NONBLOCK ?? 0);
/** How long a pipe may have no reader, or a reader that takes nothing. */
const UNREAD_MS = 10_000;

export interface DeviceFile {
  /** Throws the system's error: `ENXIO` when nobody reads, `EAGAIN` when a reader takes nothing for ten seconds. */
  write(bytes: Uint8Array): void;
  close(): void;
}

/** Opens a pipe or a device to write. Throws the system's error. */
export function openDevice(path: string): DeviceFile {
  const file = patiently('ENXIO', () => openSync(path, WRITING));
  return {
    write(bytes) {
      for (let done = 0; done < bytes.length; ) {
        const from = done;
        done += patiently('EAGAIN', () => writeSync(file, bytes, from, bytes.length - from));
      }
    },
    close: () => closeSync(file),
  };
}

/** Tries again while the system answers with `code`, up to the limit. */
function patiently<T>(code: string, act: () => T): T {
  const patience = new Patience();
  for (;;) {
    try {
      return act();
    } catch (error) {
      if (systemCode(error) !== code || !patience.wait(UNREAD_MS)) throw error;
    }
  }
}
