/** Opens a recording in the format that its beginning shows. */
import { InputError } from '../../errors.js';
import { csvRecording } from './csv-recording.js';
import { isJson, jsonRecording } from './json-recording.js';
import type { Recording, RecordingOptions } from './recording.js';
import { ByteWindow } from './text/byte-window.js';

/** Throws InputError `FILE` when the file cannot be read, `TRACE_IMPORT` when it has no rows or another shape. */
export function openRecording(path: string, options: RecordingOptions): Recording {
  const window = new ByteWindow(path);
  try {
    const beginning = window.peek();
    if (beginning.trim() === '')
      throw new InputError('TRACE_IMPORT', `${window.shown}: is empty, must hold at least one arrival`);
    return isJson(beginning) ? jsonRecording(window, options) : csvRecording(window, options);
  } catch (error) {
    window.close();
    throw error;
  }
}
