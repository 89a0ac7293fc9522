import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/backends/shared/clock.js';
import { type BatchOutcome, type BatchRequest, runStreams } from '../../../src/backends/shared/run-streams.js';
import { BackendError } from '../../../src/errors.js';

const stream = (stage: string, ...batches: readonly (readonly [number, number])[]) => ({
  stage,
  replica: 0,
  batches: batches.map(([batchSize, gapMs]) => ({ batchSize, gapMs })),
});

/** Notes every pause; takes no time. */
function notingClock(): Clock & { readonly pauses: number[] } {
  const pauses: number[] = [];
  return {
    pauses,
    nowMs: () => 0,
    pause: (ms, signal) => {
      signal?.throwIfAborted();
      pauses.push(ms);
      return Promise.resolve();
    },
  };
}

const took =
  (serviceMs: number) =>
  (_: BatchRequest): Promise<BatchOutcome> =>
    Promise.resolve({ serviceMs });

describe('runStreams', () => {
  it('rests before each batch that has a gap, and runs the batches of a stream in their order', async () => {
    const clock = notingClock();
    const result = await runStreams([stream('a', [1, 0], [4, 30], [2, 20])], took(5), { clock });
    expect(result).toEqual({
      batches: [1, 4, 2].map((batchSize) => ({ stage: 'a', batchSize, serviceMs: 5 })),
      failures: [],
    });
    expect(clock.pauses).toEqual([30, 20]);
  });

  it('gives a stream up after three failures in a row, and the others not', async () => {
    let n = 0;
    const flaky = ({ stage }: BatchRequest): Promise<BatchOutcome> =>
      Promise.resolve(stage === 'bad' || ++n % 2 === 1 ? { failure: 'no' } : { serviceMs: 1 });
    const batches = Array.from({ length: 10 }, () => [1, 0] as const);
    const result = await runStreams([stream('bad', ...batches), stream('a', ...batches)], flaky, {
      clock: notingClock(),
    });
    expect(result.failures.filter((line) => line.startsWith('bad'))).toHaveLength(3);
    expect(result.batches).toHaveLength(5);
  });

  it('ends the other streams when the server is lost', async () => {
    const lost = new BackendError('BACKEND_UNREACHABLE', 'gone');
    let ended = false;
    const run = ({ stage, signal }: BatchRequest): Promise<BatchOutcome> =>
      stage === 'a'
        ? Promise.reject(lost)
        : new Promise((_, reject) => {
            signal.addEventListener('abort', () => {
              ended = true;
              reject(signal.reason);
            });
          });
    await expect(runStreams([stream('a', [1, 0]), stream('b', [1, 0])], run, { clock: notingClock() })).rejects.toBe(
      lost,
    );
    expect(ended).toBe(true);
  });

  it('starts nothing when it is stopped already', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const run = () => Promise.reject(new Error('was run'));
    await expect(runStreams([stream('a', [1, 0])], run, { clock: notingClock(), signal })).rejects.toThrow('enough');
  });

  it('watches the machine from the start to the end', async () => {
    const order: string[] = [];
    const watch = () => {
      order.push('watch');
      return () => {
        order.push('told');
        return { foreignCpus: 1, stolenCpus: 0 };
      };
    };
    const run = (): Promise<BatchOutcome> => {
      order.push('batch');
      return Promise.resolve({ serviceMs: 1 });
    };
    const result = await runStreams([stream('a', [1, 0])], run, { clock: notingClock(), watch });
    expect(order).toEqual(['watch', 'batch', 'told']);
    expect(result.disturbance).toEqual({ foreignCpus: 1, stolenCpus: 0 });
  });
});
