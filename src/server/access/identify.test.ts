import { describe, expect, it } from 'vitest';
import { makeIdentify } from './identify.ts';
import { sameSecret } from './secrets.ts';

const TOKEN = 'correct-horse-battery';
const NOTHING = { authorization: undefined, cookie: undefined, isTls: false };
const on = (address: string, token: string | null) => makeIdentify({ door: { kind: 'tcp', address }, token });

describe('with a token', () => {
  const identify = on('0.0.0.0', TOKEN);

  it.each([`Bearer ${TOKEN}`, `bearer  ${TOKEN}`])('lets in who has it: %s', (authorization) => {
    expect(identify({ ...NOTHING, authorization })).toMatchObject({
      caller: { role: 'admin', via: 'token', limit: null },
    });
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
    expect(identify({ ...NOTHING, authorization })).toMatch(/token/);
  });

  it('is asked for on loopback too', () => {
    expect(on('::1', TOKEN)(NOTHING)).toMatch(/token/);
    expect(on('::1', TOKEN)({ ...NOTHING, authorization: `Bearer ${TOKEN}` })).toMatchObject({
      caller: { role: 'admin' },
    });
  });
});

it('without one, loopback is open and no other port is', () => {
  expect(on('127.0.0.1', null)(NOTHING)).toMatchObject({ caller: { role: 'admin', via: 'open' } });
  expect(on('192.0.2.1', null)(NOTHING)).toMatch(/token/);
  expect(on('192.0.2.1', null)({ ...NOTHING, authorization: 'Bearer null' })).toMatch(/token/);
});

it('the Unix socket asks for nothing', () => {
  const identify = makeIdentify({ door: { kind: 'unix' }, token: TOKEN });
  expect(identify(NOTHING)).toMatchObject({ caller: { role: 'admin', via: 'unix' } });
});

it('secrets of any length are compared without giving their length away', () => {
  expect(sameSecret('a', 'a')).toBe(true);
  expect(sameSecret('a', 'b')).toBe(false);
  expect(sameSecret('a', 'a'.repeat(1_000))).toBe(false);
});
