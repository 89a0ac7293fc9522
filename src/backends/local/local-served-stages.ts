/**
 * Measures the stages of a running `infer-plan serve`, in the very threads and memory that serve. The place of a
 * process's memory alone makes memory-bound models some per cent faster or slower.
 */

import type { BlockResult, ProfiledStage, ProfilingTarget } from '../contracts/profiling-target.js';
import { amountOf, maybeUnder, piece, textOf, under } from '../shared/answer-shape.js';
import { steadyClock } from '../shared/clock.js';
import { askJson, callHttp, type HttpCall, shownUrl } from '../shared/http.js';
import { type BatchRequest, runStreams } from '../shared/run-streams.js';
import { withToken } from './with-token.js';

export interface ServedStagesOptions {
  /** Where `serve` listens. */
  readonly url: string;
  /** Those that have a module, with their replicas. */
  readonly stages: readonly Pick<ProfiledStage, 'stage' | 'replicas'>[];
  /** Of the engine's port, where it demands one. */
  readonly token?: string | undefined;
  readonly http?: HttpCall;
}

/** Calls nothing yet. A stage can be measured once a query has brought it items. */
export function servedStages({ url, stages, token, ...options }: ServedStagesOptions): ProfilingTarget {
  const http = withToken(options.http ?? callHttp, token);
  const place = shownUrl(url);
  const runOne = async ({ stage, batchSize, signal }: BatchRequest) => {
    const to = `${url}/admin/stages/${encodeURIComponent(stage)}/batches`;
    const answer = piece(await askJson(http, { method: 'POST', url: to, body: { size: batchSize }, signal }), place);
    const why = maybeUnder(answer, 'failure');
    return why === undefined ? { serviceMs: amountOf(under(answer, 'service_ms')) } : { failure: textOf(why) };
  };
  return {
    describe: () => ({
      kind: 'local',
      place,
      clock: 'service',
      stages: stages.map((stage) => ({ ...stage, runtime: `infer-plan engine at ${place}` })),
    }),
    runBatches: (streams, signal): Promise<BlockResult> => runStreams(streams, runOne, { clock: steadyClock, signal }),
    close: () => Promise.resolve(),
  };
}
