import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseProxyLine } from './proxy-line.ts';

const OWN =
  '1795355548.198 3 192.0.2.7 34070 198.51.100.9 443 192.0.2.2 57284 141 662 200 -/- CONNECT example.org:443 an%20na';

test('a line of the documented format has both ends, the end of the proxy, sizes, name and user', () => {
  expect(parseProxyLine(OWN)).toEqual({
    startMs: 1795355548195,
    endMs: 1795355548198,
    client: '192.0.2.7',
    clientPort: 34070,
    server: '198.51.100.9',
    serverPort: 443,
    proxy: '192.0.2.2',
    proxyPort: 57284,
    sent: 141,
    received: 662,
    outcome: 'established',
    serverName: 'example.org',
    user: 'an na',
  });
});

test('a line as Squid writes it by default has the client without its port, and the address of the server', () => {
  const line =
    '1795355548.198    107 2001:db8::7 TCP_MISS/200 662 GET http://[2001:db8::9]:8080/a b - HIER_DIRECT/2001:db8::9 text/html';
  expect(parseProxyLine(line.replace('/a b', '/a'))).toMatchObject({
    startMs: 1795355548091,
    client: '2001:db8::7',
    clientPort: 0,
    server: '2001:db8::9',
    serverPort: 8080,
    proxy: '',
    sent: -1,
    received: 662,
    outcome: 'unknown',
    serverName: '',
  });
});

test.each([
  ['refused by the server', 'ERR_CONNECT_FAIL/errno=111', 'refused'],
  ['no answer of the server', 'ERR_CONNECT_FAIL/errno=110', 'unanswered'],
  ['nobody says which of both', 'ERR_CONNECT_FAIL/WITH_SERVER', 'unknown'],
  ['an error after the connection', 'ERR_READ_TIMEOUT/-', 'unknown'],
])('%s', (_, error, outcome) => {
  expect(parseProxyLine(OWN.replace('-/-', error))).toMatchObject({ outcome });
});

test.each([
  ['the cache answered', OWN.replace('198.51.100.9 443 192.0.2.2 57284', '- - - -'), 'no_server'],
  [
    'refused by the proxy',
    '1795355548.198 1 192.0.2.7 TCP_DENIED/403 3402 GET http://a/ - HIER_NONE/- text/html',
    'no_server',
  ],
  ['empty', '', 'not_a_line'],
  ['a client without an address', OWN.replace('192.0.2.7', 'localhost'), 'not_a_line'],
  ['a port beyond all ports', OWN.replace(' 443 ', ' 70000 '), 'not_a_line'],
  ['a size below 0', OWN.replace(' 141 ', ' -141 '), 'not_a_line'],
  ['a time of a clock that was never set', OWN.replace('1795355548', '5'), 'not_a_line'],
])('no request to a server: %s', (_, line, problem) => {
  expect(parseProxyLine(line)).toBe(problem);
});

test('an end of the proxy that was never opened is not known', () => {
  expect(parseProxyLine(OWN.replace('192.0.2.2 57284', '0.0.0.0 0'))).toMatchObject({ proxy: '', proxyPort: 0 });
});

test('no line is believed more than it says, and none throws', () => {
  const parts = OWN.split(' ');
  const odd = fc.oneof(fc.constantFrom('', '-', '%zz', '1e999', 'NaN', '::', '999999'), fc.string());
  fc.assert(
    fc.property(fc.nat(parts.length - 1), odd, (at, text) => {
      const found = parseProxyLine(parts.with(at, text).join(' '));
      if (typeof found === 'string') return;
      expect(found.endMs).toBeGreaterThanOrEqual(found.startMs);
      for (const port of [found.clientPort, found.serverPort, found.proxyPort]) {
        expect(Number.isInteger(port) && port >= 0 && port < 65_536).toBe(true);
      }
      for (const octets of [found.sent, found.received]) expect(Number.isSafeInteger(octets)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test.each(['99999999999999', '86400001', '0x10', '0.5', '1e3', '-1', ''])(
  'a time of %s ms is believed by nobody',
  (elapsed) => {
    expect(parseProxyLine(OWN.replace(' 3 ', ` ${elapsed} `))).toBe('not_a_line');
  },
);

test.each(['0x6b04b0f1', '1.8e9', 'Infinity'])('a stamp of %s is none', (stamp) => {
  expect(parseProxyLine(OWN.replace('1795355548.198', stamp))).toBe('not_a_line');
});

test('names of servers are those that a host can have, and users have no control characters', () => {
  const parsed = (from: string, to: string) => parseProxyLine(OWN.replace(from, to));
  expect(parsed('example.org:443', `${'a.'.repeat(1_000)}org:443`)).toMatchObject({ serverName: '' });
  expect(parsed('example.org:443', 'Example.ORG.:443')).toMatchObject({ serverName: 'example.org' });
  expect(parsed('an%20na', 'an%1b[2Jna')).toMatchObject({ user: 'an%1b[2Jna' });
  expect(parsed('an%20na', 'an%E2%80%AEna')).toMatchObject({ user: 'an%E2%80%AEna' });
  expect(parsed('an%20na', 'an\u001b[2Jna')).toMatchObject({ user: '' });
  expect(parsed('an%20na', 'a'.repeat(5_000))).toMatchObject({ user: 'a'.repeat(254) });
});
