import { randomBytes } from 'node:crypto';
import type { Problems } from '../../files/problems.js';
import { isLoopback } from '../../http-port/port-guard.js';
import { formatServing, servingJson } from '../../report/serving-report.js';
import { type RunningServer, startServer } from '../../serving/http/http-server.js';
import { Runtime } from '../../serving/runtime.js';
import { readPortToken } from '../inputs/port-token.js';
import { toolVersion } from '../inputs/tool-version.js';
import type { CliIo } from '../io/io.js';
import { isStandardOutput } from '../io/output-file.js';
import type { ServeFlags } from './flags.js';
import { readServing } from './inputs.js';
import { openLineLog } from './line-log.js';

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
  if (flags.otlp !== undefined && flags.otlp === flags.batches) problems.add('--otlp and --batches name the same file');
  problems.throwIfAny('FLAG');
  if (!isLoopback(host)) io.stderr(exposureWarning(host, token !== undefined));

  const interrupt = io.catchInterrupt();
  const log = (path: string | undefined, option: string, what: string) => {
    return path === undefined ? undefined : openLineLog(path, { option, what }, io);
  };
  const batches = log(flags.batches, '--batches', 'batches');
  const spans = log(flags.otlp, '--otlp', 'spans');
  const logs = [batches, spans].filter((one) => one !== undefined);
  let server: RunningServer | undefined;
  try {
    server = await startServer({
      runtime: new Runtime({ ...serving, queueLimit, queryTimeoutMs }),
      host,
      port,
      token,
      toolVersion: toolVersion(),
      stopped: interrupt.asked,
      ...(batches === undefined ? {} : { onBatch: (record) => batches.add(`${JSON.stringify(record)}\n`) }),
      ...(spans === undefined ? {} : { onTrace: { run: runId(), tell: spans.add } }),
    });
    if (server === undefined) io.stderr('ended before all replicas served\n');
    else {
      const print = [flags.batches, flags.otlp].some(isStandardOutput) ? io.stderr : io.stdout;
      const place = { pipeline: serving.pipeline.name, url: server.url };
      print(flags.json ? servingJson(place) : formatServing(place));
      await interrupt.asked;
      io.stderr('ending: queries that are in are answered first\n');
      await server.stop(drainLimitMs);
    }
  } catch (error) {
    for (const one of logs) one.discard();
    throw error;
  } finally {
    interrupt.release();
  }
  for (const one of logs) {
    if (server === undefined) one.discard();
    else one.finish();
  }
}

/** Tells the traces of one run from those of another. */
function runId(): string {
  return randomBytes(8)
    .toString('hex')
    .replace(/^0{16}$/, '1'.padStart(16, '0'));
}

function exposureWarning(host: string, hasToken: boolean): string {
  const rest = hasToken
    ? 'Admin calls and metrics demand the token.'
    : 'Admin calls and metrics are closed: add --token-file FILE or set INFER_PLAN_TOKEN to use them.';
  return `warning: --host ${host}: other machines can send queries to this server. ${rest} Nothing is encrypted.\n`;
}
