import type { Problems } from '../../files/problems.js';
import { formatServing, servingJson } from '../../report/serving-report.js';
import { startServer } from '../../serving/http/http-server.js';
import { Runtime } from '../../serving/runtime.js';
import { toolVersion } from '../inputs/tool-version.js';
import type { CliIo } from '../io/io.js';
import { isStandardOutput, openLines } from '../io/output-file.js';
import type { ServeFlags } from './flags.js';
import { readServing } from './inputs.js';

/** Serves until it is told to end. */
export async function serve(
  planFile: string | undefined,
  flags: ServeFlags,
  io: CliIo,
  problems: Problems,
): Promise<void> {
  const { host, port, queueLimit, queryTimeoutMs, drainLimitMs } = flags;
  const serving = readServing(planFile, { flags, io, problems });

  const interrupt = io.catchInterrupt();
  const batches = flags.batches === undefined ? undefined : openLines(flags.batches, io);
  try {
    const server = await startServer({
      runtime: new Runtime({ ...serving, queueLimit, queryTimeoutMs }),
      host,
      port,
      toolVersion: toolVersion(),
      ...(batches === undefined ? {} : { onBatch: (record) => batches.add(`${JSON.stringify(record)}\n`) }),
    });
    const print = isStandardOutput(flags.batches) ? io.stderr : io.stdout;
    const place = { pipeline: serving.pipeline.name, url: server.url };
    print(flags.json ? servingJson(place) : formatServing(place));
    await interrupt.asked;
    io.stderr('ending: queries that are in are answered first\n');
    await server.stop(drainLimitMs);
  } catch (error) {
    batches?.discard();
    throw error;
  } finally {
    interrupt.release();
  }
  batches?.finish();
}
