/** The token of a port: a secret that both sides read from a file or the environment. It stands in no message. */
import { InputError } from '../errors.js';

/** The environment variable that both sides read. */
export const TOKEN_VARIABLE = 'INFER_PLAN_TOKEN';

const MOST_CHARACTERS = 1024;
/** What an HTTP header can carry as one word. */
const WORD = /^[\x21-\x7e]+$/;

/** The token of a text, without white space around it. Throws InputError `TOKEN`, which names `place` and not the text. */
export function parseToken(text: string, place: string): string {
  const token = text.trim();
  const rule = `must be one word of visible ASCII characters, at most ${MOST_CHARACTERS}`;
  const hint = 'openssl rand -hex 32 makes one';
  if (token === '') throw new InputError('TOKEN', `${place} holds no token, ${rule}`, hint);
  if (token.length > MOST_CHARACTERS || !WORD.test(token)) {
    throw new InputError('TOKEN', `${place} holds no valid token (${token.length} characters), ${rule}`, hint);
  }
  return token;
}

/** Headers of a request to a port with this token; none without one. */
export function bearer(token: string | undefined): Readonly<Record<string, string>> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}
