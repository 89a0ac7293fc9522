import { expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { bearer, parseToken } from '../../src/http-port/token.js';

it('takes one word, without white space around it', () => {
  expect(parseToken(' s3cret~\r\n', 'token.txt')).toBe('s3cret~');
});

it.each([
  ['', 'holds no token'],
  ['\n', 'holds no token'],
  ['two words', '9 characters'],
  ['naïve', '5 characters'],
  ['a\nb', '3 characters'],
  ['x'.repeat(1025), '1025 characters'],
])('refuses %j and does not show it', (text, message) => {
  const refused = (() => {
    try {
      return parseToken(text, 'token.txt');
    } catch (error) {
      return error;
    }
  })();
  expect(refused).toBeInstanceOf(InputError);
  const { message: said } = refused as InputError;
  expect(said).toContain(message);
  expect(said).toMatch(/^token\.txt holds /);
  if (text.trim() !== '') expect(said).not.toContain(text);
});

it('is a header only where there is one', () => {
  expect(bearer('s3cret')).toEqual({ authorization: 'Bearer s3cret' });
  expect(bearer(undefined)).toEqual({});
});
