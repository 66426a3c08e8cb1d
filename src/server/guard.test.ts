import { describe, expect, it } from 'vitest';
import { makeGuard, type RequestFacts } from './guard.ts';

const request = (facts: Partial<RequestFacts> = {}): RequestFacts => ({
  host: 'localhost:8480',
  origin: undefined,
  fetchSite: undefined,
  ...facts,
});

describe('loopback', () => {
  const guard = makeGuard({ door: { kind: 'tcp', address: '127.0.0.1' }, names: ['flows.example'] });

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
    expect(guard(request({ host }))).toMatch(/refused|is not a name/);
  });

  it('refuses pages of other sites', () => {
    expect(guard(request({ origin: 'https://evil.example' }))).toMatch(/refused|is not a name/);
    expect(guard(request({ origin: 'null' }))).toMatch(/refused|is not a name/);
    expect(guard(request({ origin: 'http://localhost:3000' }))).toMatch(/refused|is not a name/);
    expect(guard(request({ fetchSite: 'cross-site' }))).toMatch(/refused|is not a name/);
    expect(guard(request({ origin: 'http://localhost:8480', fetchSite: 'same-origin' }))).toBeNull();
  });
});

it('a port that other machines reach takes any name, and no pages of other sites', () => {
  const guard = makeGuard({ door: { kind: 'tcp', address: '0.0.0.0' }, names: [] });
  expect(guard(request({ host: 'collector.example' }))).toBeNull();
  expect(guard(request({ host: 'collector.example', origin: 'https://evil.example' }))).toMatch(/refused/);
});

it('the Unix socket asks for nothing', () => {
  expect(makeGuard({ door: { kind: 'unix' }, names: [] })(request({ host: undefined }))).toBeNull();
});
