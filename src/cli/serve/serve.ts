import { Problems } from '../../files/problems.js';
import { openLineFile } from '../../files/system/line-file.js';
import { parseDuration } from '../../model/notation/quantity.js';
import { startServer } from '../../serving/http/http-server.js';
import { Runtime } from '../../serving/runtime.js';
import { parseLatency, parseWhole } from '../inputs/flag-values.js';
import { toolVersion } from '../inputs/tool-version.js';
import { type CliIo, pathFrom } from '../io/io.js';
import type { ServeFlags } from './flags.js';
import { readServing } from './inputs.js';

const LARGEST_PORT = 65_535;

/** Serves until it is told to end. */
export async function serveCommand(planFile: string | undefined, flags: ServeFlags, io: CliIo): Promise<void> {
  const problems = new Problems();
  const value = <T>(parse: () => T) => problems.attempt(parse);
  const port = value(() => parseWhole(flags.port, '--port', 0)) ?? 0;
  if (port > LARGEST_PORT) problems.add(`--port = ${port}, must be at most ${LARGEST_PORT}`);
  const queueLimit = value(() => parseWhole(flags.queueLimit, '--queue-limit', 1)) ?? 1;
  const queryTimeoutMs = value(() => parseLatency(flags.queryTimeout, '--query-timeout')) ?? 1;
  const drainMs = value(() => parseDuration(flags.drainLimit, '--drain-limit')) ?? 0;
  const serving = readServing(planFile, { flags, io, problems });

  const interrupt = io.catchInterrupt();
  const batches = flags.batches === undefined ? undefined : openLineFile(pathFrom(io, flags.batches));
  try {
    const server = await startServer({
      runtime: new Runtime({ ...serving, queueLimit, queryTimeoutMs }),
      host: flags.host,
      port,
      toolVersion: toolVersion(),
      ...(batches === undefined ? {} : { onBatch: (record) => batches.add(`${JSON.stringify(record)}\n`) }),
    });
    io.stdout(`serving ${serving.pipeline.name} at ${server.url}\n`);
    await interrupt.asked;
    io.stderr('ending: queries that are in are answered first\n');
    await server.stop(drainMs);
  } catch (error) {
    batches?.discard();
    throw error;
  } finally {
    interrupt.release();
  }
  batches?.finish();
}
