import { openTraceFile } from '../../files/trace/trace-file.js';
import { msFromUs } from '../../units.js';

/** When the first query of a trace arrives, from the trace's zero; 0 for an empty trace. */
export function firstArrivalMs(path: string): number {
  const source = openTraceFile(path);
  try {
    const block = new Float64Array(1);
    return source.read(block) === 0 ? 0 : msFromUs(block[0]!);
  } finally {
    source.close();
  }
}
