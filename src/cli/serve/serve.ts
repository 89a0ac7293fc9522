import type { Problems } from '../../files/problems.js';
import { isLoopback } from '../../http-port/port-guard.js';
import { formatServing, servingJson } from '../../report/serving-report.js';
import { type RunningServer, startServer } from '../../serving/http/http-server.js';
import { Runtime } from '../../serving/runtime.js';
import { readPortToken } from '../inputs/port-token.js';
import { toolVersion } from '../inputs/tool-version.js';
import type { CliIo } from '../io/io.js';
import { isStandardOutput } from '../io/output-file.js';
import { openBatchLog } from './batch-log.js';
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
  if (host === '') problems.add('--host = (empty), must be an address such as 127.0.0.1');
  const token = readPortToken(flags, io, problems);
  const serving = readServing(planFile, { flags, io, problems });
  if (!isLoopback(host)) io.stderr(exposureWarning(host, token !== undefined));

  const interrupt = io.catchInterrupt();
  const batches = flags.batches === undefined ? undefined : openBatchLog(flags.batches, io);
  let server: RunningServer | undefined;
  try {
    server = await startServer({
      runtime: new Runtime({ ...serving, queueLimit, queryTimeoutMs }),
      host,
      port,
      token,
      toolVersion: toolVersion(),
      stopped: interrupt.asked,
      ...(batches === undefined ? {} : { onBatch: batches.add }),
    });
    if (server === undefined) io.stderr('ended before all replicas served\n');
    else {
      const print = isStandardOutput(flags.batches) ? io.stderr : io.stdout;
      const place = { pipeline: serving.pipeline.name, url: server.url };
      print(flags.json ? servingJson(place) : formatServing(place));
      await interrupt.asked;
      io.stderr('ending: queries that are in are answered first\n');
      await server.stop(drainLimitMs);
    }
  } catch (error) {
    batches?.discard();
    throw error;
  } finally {
    interrupt.release();
  }
  if (server === undefined) batches?.discard();
  else batches?.finish();
}

function exposureWarning(host: string, hasToken: boolean): string {
  const rest = hasToken
    ? 'Admin calls and metrics demand the token.'
    : 'Admin calls and metrics are closed: add --token-file FILE or set INFER_PLAN_TOKEN to use them.';
  return `warning: --host ${host}: other machines can send queries to this server. ${rest} Nothing is encrypted.\n`;
}
