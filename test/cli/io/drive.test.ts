import { expect, it } from 'vitest';
import { drive, stoppable, stoppedText } from '../../../src/cli/io/drive.js';
import type { CliIo } from '../../../src/cli/io/io.js';

interface State {
  readonly doing: string;
  readonly isFinishing?: boolean;
  readonly isPreparing?: boolean;
  readonly incumbent?: unknown;
}

/** A clock that only steps move, and Ctrl-C at an instant of it. */
function worldOf({ interruptAtMs = Number.POSITIVE_INFINITY } = {}) {
  const world = { nowMs: 0, shown: [] as string[], breaths: 0, released: 0 };
  const io: CliIo = {
    stdout: () => {},
    stderr: () => {},
    cwd: '/',
    isTerminal: false,
    columns: 80,
    color: false,
    setExitCode: () => {},
    progress: (line) => void world.shown.push(line),
    nowMs: () => world.nowMs,
    breathe: async () => void world.breaths++,
    catchInterrupt: () => ({
      get isAsked() {
        return world.nowMs >= interruptAtMs;
      },
      asked: new Promise<void>(() => {}),
      release: () => world.released++,
    }),
  };
  return { world, io };
}

/** Steps of 25 ms, `count` of them or until it is told to stop; returns when that was. */
function* stepsOf(
  world: { nowMs: number },
  { count = 1_000_000, state = (_: number): State => ({ doing: 'searching' }) } = {},
): Generator<State, string, boolean | undefined> {
  for (let i = 0; i < count; i++) {
    world.nowMs += 25;
    if (yield state(i)) return `stopped at ${world.nowMs} ms`;
  }
  return `ended at ${world.nowMs} ms`;
}

const show = ({ doing }: State, elapsedMs: number) => `${doing} ${elapsedMs}`;

it('lets a search come to its end, shows it every 50 ms, and clears the line', async () => {
  const { world, io } = worldOf();
  const driven = await drive(stepsOf(world, { count: 6 }), io, { limitMs: 1000, show });
  expect(driven).toEqual({ result: 'ended at 150 ms', ending: 'complete', doing: undefined });
  expect(world).toMatchObject({
    shown: ['searching 50', 'searching 100', 'searching 150', ''],
    breaths: 3,
    released: 1,
  });
});

// The first step took 25 ms, so as much is kept for the result: of the looks at 50, 100, … that at 1000 is the first
// after 975.
it('stops a search at its time limit', async () => {
  const { world, io } = worldOf();
  const driven = await drive(stepsOf(world), io, { limitMs: 1000, show });
  expect(driven).toEqual({ result: 'stopped at 1000 ms', ending: 'time limit', doing: 'searching' });
});

it('keeps as much time for the result as the first step took', async () => {
  const { world, io } = worldOf();
  const slowFirst = (function* () {
    world.nowMs += 400;
    yield { doing: 'starting' };
    return yield* stepsOf(world);
  })();
  expect((await drive(slowFirst, io, { limitMs: 1000, show })).result).toBe('stopped at 600 ms');
});

it('keeps as much time for the result as all that came before the search took', async () => {
  const { world, io } = worldOf();
  const prepared = (function* () {
    world.nowMs += 100;
    yield { doing: 'looking at the trace', isPreparing: true };
    world.nowMs += 200;
    yield { doing: 'looking at the trace', isPreparing: true };
    world.nowMs += 100;
    return yield* stepsOf(world);
  })();
  // The first step of the search ends at 425 ms.
  expect((await drive(prepared, io, { limitMs: 1000, show })).result).toBe('stopped at 575 ms');
});

it('keeps no time while there is nothing to write', async () => {
  const { world, io } = worldOf();
  const preparing = stepsOf(world, { state: () => ({ doing: 'looking', isPreparing: true, incumbent: undefined }) });
  expect((await drive(preparing, io, { limitMs: 1000, show })).result).toBe('stopped at 1000 ms');
});

it('counts the time from when it is told that it began', async () => {
  const { world, io } = worldOf();
  world.nowMs = 500;
  const { result } = await drive(stepsOf(world), io, { limitMs: 1000, sinceMs: 0, show });
  expect(result).toBe('stopped at 1000 ms');
});

it('stops a search at Ctrl-C, before its time limit', async () => {
  const { world, io } = worldOf({ interruptAtMs: 320 });
  const driven = await drive(stepsOf(world), io, { limitMs: 1000, show });
  expect(driven).toEqual({ result: 'stopped at 350 ms', ending: 'interrupt', doing: 'searching' });
  expect(world.released).toBe(1);
});

// What is told beside a result may take a second more, and is stopped again there; the first stop is the one that is
// named.
it('gives what follows the search a second, and names what was stopped first', async () => {
  const { world, io } = worldOf();
  const inTwoParts = (function* () {
    const search = yield* stepsOf(world);
    const rest = yield* stepsOf(world, { state: () => ({ doing: 'explaining', isFinishing: true }) });
    return [search, rest];
  })();
  expect(await drive(inTwoParts, io, { limitMs: 1000, show })).toEqual({
    result: ['stopped at 1000 ms', 'stopped at 2000 ms'],
    ending: 'time limit',
    doing: 'searching',
  });
});

it('clears the line and lets go of Ctrl-C when a step fails', async () => {
  const { world, io } = worldOf();
  const failing = (function* (): Generator<State, string, boolean | undefined> {
    yield { doing: 'searching' };
    throw new Error('broken');
  })();
  await expect(drive(failing, io, { limitMs: 1000, show })).rejects.toThrow('broken');
  expect(world).toMatchObject({ shown: [''], released: 1 });
});

it('stops steps that cannot be stopped without a result', async () => {
  const { world, io } = worldOf({ interruptAtMs: 100 });
  const { result, ending } = await drive(stoppable(stepsOf(world)), io, { limitMs: Number.POSITIVE_INFINITY, show });
  expect([result, ending, world.nowMs]).toEqual([undefined, 'interrupt', 100]);
});

it('says what ended a search, and nothing of one that came to its end', () => {
  expect(stoppedText({ ending: 'complete' }, 'the best plan so far')).toBe('');
  expect(stoppedText({ ending: 'interrupt' }, 'no plan so far')).toBe('Stopped by the interrupt: no plan so far\n');
  expect(stoppedText({ ending: 'time limit', doing: 'explaining' }, 'the best plan so far')).toBe(
    'Stopped by the time limit while explaining: the best plan so far\n',
  );
});
