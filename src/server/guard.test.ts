import { describe, expect, it } from 'vitest';
import { makeGuard, type RequestFacts, sameSecret } from './guard.ts';

const TOKEN = 'correct-horse-battery';
const request = (facts: Partial<RequestFacts> = {}): RequestFacts => ({
  host: 'localhost:8480',
  origin: undefined,
  fetchSite: undefined,
  authorization: undefined,
  ...facts,
});

describe('loopback without a token', () => {
  const guard = makeGuard({ door: { kind: 'tcp', address: '127.0.0.1' }, token: null, names: ['flows.example'] });

  it.each(['localhost', 'localhost:8480', 'LOCALHOST', '127.0.0.1:8480', '[::1]:8480', '[::1]', 'flows.example:80'])(
    'lets Host %s in',
    (host) => {
      expect(guard(request({ host }))).toBeNull();
    },
  );

  it.each([
    undefined,
    '',
    'evil.example',
    'evil.example:8480',
    'localhost.evil.example',
    '127.0.0.1.nip.io',
    '192.0.2.1:8480',
  ])('refuses Host %s, which may be a rebound name', (host) => {
    expect(guard(request({ host }))).toMatchObject({ status: 403 });
  });

  it('refuses pages of other sites', () => {
    expect(guard(request({ origin: 'https://evil.example' }))).toMatchObject({ status: 403 });
    expect(guard(request({ origin: 'null' }))).toMatchObject({ status: 403 });
    expect(guard(request({ origin: 'http://localhost:3000' }))).toMatchObject({ status: 403 });
    expect(guard(request({ fetchSite: 'cross-site' }))).toMatchObject({ status: 403 });
    expect(guard(request({ origin: 'http://localhost:8480', fetchSite: 'same-origin' }))).toBeNull();
  });
});

describe('with a token', () => {
  const guard = makeGuard({ door: { kind: 'tcp', address: '0.0.0.0' }, token: TOKEN, names: [] });

  it('lets in who has it', () => {
    expect(guard(request({ host: 'collector.example', authorization: `Bearer ${TOKEN}` }))).toBeNull();
    expect(guard(request({ authorization: `bearer  ${TOKEN}` }))).toBeNull();
  });

  it.each([
    undefined,
    '',
    'Bearer',
    `Basic ${TOKEN}`,
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.slice(1)}`,
    `Bearer x ${TOKEN}`,
  ])('refuses %s', (authorization) => {
    expect(guard(request({ authorization }))).toMatchObject({ status: 401 });
  });

  it('still refuses pages of other sites', () => {
    expect(guard(request({ origin: 'https://evil.example', authorization: `Bearer ${TOKEN}` }))).toMatchObject({
      status: 403,
    });
  });

  it('is asked for on loopback too', () => {
    const loopback = makeGuard({ door: { kind: 'tcp', address: '::1' }, token: TOKEN, names: [] });
    expect(loopback(request())).toMatchObject({ status: 401 });
    expect(loopback(request({ authorization: `Bearer ${TOKEN}` }))).toBeNull();
  });
});

it('the Unix socket asks for nothing', () => {
  const guard = makeGuard({ door: { kind: 'unix' }, token: TOKEN, names: [] });
  expect(guard(request({ host: undefined }))).toBeNull();
});

it('secrets of any length are compared without giving their length away', () => {
  expect(sameSecret('a', 'a')).toBe(true);
  expect(sameSecret('a', 'b')).toBe(false);
  expect(sameSecret('a', 'a'.repeat(1_000))).toBe(false);
});
