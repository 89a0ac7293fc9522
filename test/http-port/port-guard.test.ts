/** Who is let in, and with which status the others are refused. */
import { expect, it } from 'vitest';
import { isLoopback, portGuard } from '../../src/http-port/port-guard.js';

const TOKEN = 'f00d'.repeat(8);
const JSON_BODY = { 'content-type': 'application/json' };
const WITH_TOKEN = { authorization: `Bearer ${TOKEN}` };

const open = portGuard({ host: '127.0.0.1' });
const locked = portGuard({ host: '127.0.0.1', token: TOKEN });
const exposed = portGuard({ host: '0.0.0.0', token: TOKEN });
const closed = portGuard({ host: '0.0.0.0' });

it.each([
  ['127.0.0.1', true],
  ['127.8.9.1', true],
  ['localhost', true],
  ['LOCALHOST', true],
  ['::1', true],
  ['[::1]', true],
  ['0.0.0.0', false],
  ['::', false],
  ['', false],
  ['10.0.0.5', false],
  ['localhost.evil.example', false],
  ['127.0.0.1.evil.example', false],
])('whether %s is only this machine: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

it.each([
  ['GET by address', 'GET', { host: '127.0.0.1:8080' }, undefined],
  ['GET by name', 'GET', { host: 'localhost:8080' }, undefined],
  ['GET over IPv6', 'GET', { host: '[::1]:8080' }, undefined],
  ['GET of HTTP/1.0 without a Host', 'GET', {}, undefined],
  ['DELETE, which has no body', 'DELETE', { host: '127.0.0.1:8080' }, undefined],
  ['PUT of JSON', 'PUT', { host: '127.0.0.1:8080', ...JSON_BODY }, undefined],
  ['JSON with a charset', 'POST', { 'content-type': 'Application/JSON; charset=utf-8' }, undefined],
  ['its own page', 'GET', { host: 'localhost:8080', origin: 'http://localhost:8080' }, undefined],
  ['a request that a user typed', 'GET', { host: 'localhost:8080', 'sec-fetch-site': 'none' }, undefined],
  ['a rebound name', 'GET', { host: 'rebind.evil.example:8080' }, 403],
  ['a name that begins like loopback', 'GET', { host: '127.0.0.1.evil.example' }, 403],
  ['an address beyond', 'GET', { host: '10.0.0.5:8080' }, 403],
  ['a foreign page', 'GET', { host: '127.0.0.1:8080', origin: 'http://evil.example' }, 403],
  ['a page of another port', 'GET', { host: '127.0.0.1:8080', origin: 'http://127.0.0.1:3000' }, 403],
  ['a page without an origin of its own', 'GET', { host: '127.0.0.1:8080', origin: 'null' }, 403],
  ['an image of a foreign page', 'GET', { host: '127.0.0.1:8080', 'sec-fetch-site': 'cross-site' }, 403],
  ['PUT of a form', 'PUT', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
  ['POST of text', 'POST', { 'content-type': 'text/plain' }, 415],
  ['POST of text that names JSON', 'POST', { 'content-type': 'text/plain; application/json' }, 415],
  ['POST of no type', 'POST', {}, 415],
  ['a longer name of a type', 'POST', { 'content-type': 'application/jsonp' }, 415],
])('on loopback without a token: %s', (_, method, headers, status) => {
  expect(open({ method, headers })?.status).toBe(status);
});

it.each([
  ['the token', { ...WITH_TOKEN }, undefined],
  ['the scheme in other letters', { authorization: `bearer  ${TOKEN}` }, undefined],
  ['the token, by any name', { ...WITH_TOKEN, host: 'gateway.example' }, undefined],
  ['nothing', {}, 401],
  ['another token', { authorization: 'Bearer guess' }, 401],
  ['a part of the token', { authorization: `Bearer ${TOKEN.slice(1)}` }, 401],
  ['more than the token', { authorization: `Bearer ${TOKEN}x` }, 401],
  ['an empty token', { authorization: 'Bearer ' }, 401],
  ['another scheme', { authorization: `Basic ${TOKEN}` }, 401],
  ['the token, for a foreign page', { ...WITH_TOKEN, host: 'a', origin: 'http://evil.example' }, 403],
])('with a token, on loopback and beyond: %s', (_, headers, status) => {
  expect(locked({ method: 'GET', headers })?.status).toBe(status);
  expect(exposed({ method: 'GET', headers })?.status).toBe(status);
});

it('lets nobody in beyond loopback without a token', () => {
  for (const headers of [{}, { ...WITH_TOKEN }, { authorization: 'Bearer undefined' }, { host: '127.0.0.1' }]) {
    expect(closed({ method: 'GET', headers })).toMatchObject({
      status: 401,
      reason: expect.stringContaining('--token-file or INFER_PLAN_TOKEN'),
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
});

it('shows no token in what it says', () => {
  const refused = exposed({ method: 'GET', headers: { authorization: 'Bearer guess' } });
  expect(JSON.stringify(refused)).not.toMatch(/guess|f00d/);
});
