import { CommanderError } from 'commander';
import { expect, it } from 'vitest';
import { exitCodeOf, formatFailure } from '../../src/cli/execute.js';
import { BackendError, InputError, InternalError } from '../../src/errors.js';

const QUIET = { debug: false };

it.each([
  [
    'each problem on its own line, then the hint',
    new InputError('A', ['a.yaml: x', 'b.csv: y'], 'mend it'),
    'infer-plan: a.yaml: x\ninfer-plan: b.csv: y\nhint: mend it\n',
  ],
  ['a problem without a hint', new InputError('A', 'a.yaml: x'), 'infer-plan: a.yaml: x\n'],
  [
    'a backend',
    new BackendError('B', 'host is down', { hint: 'wake it' }),
    'infer-plan: host is down\nhint: wake it\n',
  ],
  [
    'a bug, in one line',
    new TypeError('x is undefined\nand more'),
    'infer-plan: internal error: x is undefined\nhint: this is a bug in infer-plan; --debug prints where it happened\n',
  ],
  [
    'something thrown that is no error',
    'oops',
    'infer-plan: internal error: oops\nhint: this is a bug in infer-plan; --debug prints where it happened\n',
  ],
  ['help, which needs no words', new CommanderError(1, 'commander.help', '(outputHelp)'), ''],
])('prints %s', (_, error, text) => {
  expect(formatFailure(error, QUIET)).toBe(text);
});

it.each([
  [
    'a refusal of the system',
    Object.assign(new Error('EMFILE: x'), { code: 'EMFILE', syscall: 'open', path: '/a.js' }),
    'infer-plan: /a.js: too many files are open\nhint: Allow more: ulimit -n 1024\n',
  ],
  [
    'no memory',
    new RangeError('Array buffer allocation failed'),
    'infer-plan: the system has not enough memory for this\n',
  ],
  [
    "a fault of the user's module",
    Object.assign(new TypeError('x is no y'), { stack: 'TypeError: x\n    at f (file:///home/me/q.mjs:1:2)\n' }),
    'infer-plan: /home/me/q.mjs: threw TypeError: x is no y\n',
  ],
])('blames %s on no bug', (_, error, text) => {
  expect(formatFailure(error, QUIET)).toBe(text);
  expect(exitCodeOf(error)).toBe(2);
});

it('lets no control character of a broken file reach the terminal, and cuts endless lines', () => {
  expect(formatFailure(new InputError('A', 'a.csv: \u001b[2J\u0007'), QUIET)).toBe(
    'infer-plan: a.csv: \uFFFD[2J\uFFFD\n',
  );
  expect(formatFailure(new InputError('A', 'x'.repeat(10_000)), QUIET).length).toBeLessThan(600);
});

it('prints the stack, and that of the cause, only when asked', () => {
  const error = new BackendError('B', 'host is down', { cause: new Error('ECONNREFUSED') });
  expect(formatFailure(error, QUIET)).not.toContain('at ');
  expect(formatFailure(error, { debug: true })).toMatch(
    /BackendError: host is down\n +at [\s\S]*caused by Error: ECONNREFUSED\n +at /,
  );
});

it.each([
  ['bad input', new InputError('A', 'x'), 2],
  ['bad usage', new CommanderError(1, 'commander.unknownOption', 'error: x'), 2],
  ['help that was asked for', new CommanderError(0, 'commander.helpDisplayed', '(outputHelp)'), 0],
  ['help for want of a command', new CommanderError(1, 'commander.help', '(outputHelp)'), 2],
  ['a backend', new BackendError('B', 'x'), 4],
  ['an invariant', new InternalError('x'), 1],
  ['a bug', new RangeError('x'), 1],
])('ends with the exit code of %s', (_, error, code) => {
  expect(exitCodeOf(error)).toBe(code);
});

it('--debug prints no control characters of an error, of its cause or of a cause that is no error', () => {
  const hostile = 'no \u001b[2J\u001b]0;x\u0007\u202egnp';
  const error = new BackendError('EXEC', hostile, { cause: new Error(hostile, { cause: hostile }) });
  expect(formatFailure(error, { debug: true }).replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
});
