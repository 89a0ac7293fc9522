/** What can be thrown, as a text. */
import { expect, it } from 'vitest';
import { errorText } from '../src/errors.js';

it.each([
  ['an error', new Error('gone'), 'gone'],
  ['a text', 'gone', 'gone'],
  ['nothing', undefined, 'undefined'],
  ['an object that has no text', Object.create(null), 'something that cannot be shown was thrown'],
  ['a symbol', Symbol('s'), 'Symbol(s)'],
  ['an error whose message is none', Object.assign(new Error(), { message: Object.create(null) }), 'cannot be shown'],
  [
    'an error that throws',
    Object.defineProperty(new Error(), 'message', {
      get: () => {
        throw new Error('inside');
      },
    }),
    'shown',
  ],
])('makes a text of %s that was thrown', (_, thrown, said) => {
  expect(errorText(thrown)).toContain(said);
});

it('cuts an endless message', () => {
  expect(errorText(new Error('x'.repeat(1_000_000))).length).toBe(1000);
});
