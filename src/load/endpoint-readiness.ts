/** Whether an endpoint answers for a model, before load is put on it. */
import { request } from 'undici';
import { BackendError } from '../errors.js';
import { modelUrl } from './endpoint.js';

const BETWEEN_TRIES_MS = 200;
const LONGEST_TRY_MS = 5000;

/**
 * Returns once `GET /v2/models/{model}/ready` answers 200. Retries for `limitMs`, at least once. Then throws
 * BackendError `ENDPOINT` with the result of the last try.
 */
export async function waitUntilReady(target: { url: string; model: string; limitMs: number }): Promise<void> {
  const { url, model, limitMs } = target;
  const address = modelUrl(url, model, 'ready');
  const endMs = performance.now() + limitMs;
  for (;;) {
    const failure = await tryOnce(address, model);
    if (failure === undefined) return;
    if (performance.now() + BETWEEN_TRIES_MS > endMs) throw failure;
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_TRIES_MS));
  }
}

async function tryOnce(address: URL, model: string): Promise<BackendError | undefined> {
  try {
    const { statusCode, body } = await request(address, { signal: AbortSignal.timeout(LONGEST_TRY_MS) });
    await body.dump();
    if (statusCode === 200) return undefined;
    return new BackendError('ENDPOINT', `${address}: ${model} is not ready (${statusCode}), must answer 200`, {
      hint: 'A pipeline serves under its own name. Give another model with --model.',
    });
  } catch (cause) {
    return new BackendError('ENDPOINT', `${address.origin}: nothing answers (${reasonOf(cause)})`, {
      cause,
      hint: 'Start the server first (infer-plan serve), or give its address with --url.',
    });
  }
}

/** `ECONNREFUSED` rather than a sentence around it. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}
