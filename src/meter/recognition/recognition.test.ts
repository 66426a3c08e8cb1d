import { describe, expect, it } from 'vitest';
import { clientHello } from './client-hello.testing.ts';
import { back, CLIENT, Conversations, type Ends, SERVER } from './conversations.testing.ts';

const WEB: Ends = { fromPort: 40_000, toPort: 8_123 };
const PUSH = 24;
const FIN = 17;
const request = (host: string) => `GET / HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n`;

const labelsOf = (name: string) => [...name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]), 0];
function dnsQuery(name: string, id = 0x12): number[] {
  return [id, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labelsOf(name), 0, 1, 0, 1];
}
/** A DNS answer with one address (RFC 1035 section 4). */
function dnsAnswer(name: string, address: string, ttl: number): number[] {
  const question = [...labelsOf(name), 0, 1, 0, 1];
  const data = address.split('.').map(Number);
  return [
    ...[0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0],
    ...question,
    ...[0xc0, 12, 0, 1, 0, 1, ttl >>> 24, (ttl >>> 16) & 255, (ttl >>> 8) & 255, ttl & 255, 0, 4],
    ...data,
  ];
}
const RESOLVER = '192.0.2.53';
function resolve(conversations: Conversations, name: string, ttl = 30, fromPort = 53_001) {
  conversations.udp({ from: CLIENT, to: RESOLVER, fromPort, toPort: 53 }, dnsQuery(name));
  conversations.udp({ from: RESOLVER, to: CLIENT, fromPort: 53, toPort: fromPort }, dnsAnswer(name, SERVER, ttl));
}
const found = (conversations: Conversations, port: number) =>
  conversations.end().filter(({ flow }) => flow.endsWith(`:${port}`));

describe('recognition', () => {
  it('names both directions by what one of them sends', () => {
    const conversations = new Conversations();
    conversations.open(WEB);
    conversations.tcp(WEB, PUSH, request('www.example.com'), 1001);
    conversations.tcp(back(WEB), PUSH, 'HTTP/1.1 200 OK\r\n\r\n', 5001);
    expect(conversations.end().map(({ application, name }) => [application, name])).toEqual([
      ['http', 'www.example.com'],
      ['http', 'www.example.com'],
    ]);
  });

  it.each([
    [false, ['source', 'destination']],
    [true, ['source']],
  ])(
    'says who began a connection whose SYN was seen, and of others nothing; of both directions: %s',
    (biflow, sides) => {
      const conversations = new Conversations({ biflow });
      conversations.open(WEB);
      const later: Ends = { fromPort: 40_001, toPort: WEB.toPort };
      conversations.tcp(later, PUSH, request('www.example.com'), 1001);
      conversations.tcp(back(later), PUSH, 'HTTP/1.1 200 OK\r\n\r\n', 5001);
      expect(conversations.end().map(({ clientSide }) => clientSide)).toEqual([
        ...sides,
        ...sides.map(() => 'unknown'),
      ]);
    },
  );

  it('says who began where the answer to the SYN is seen first', () => {
    const conversations = new Conversations({ biflow: true });
    conversations.tcp(back(WEB), 18, '', 5000);
    conversations.tcp(WEB, 16, '', 1001);
    expect(conversations.end().map(({ flow, clientSide }) => [flow.split(':')[0], clientSide])).toEqual([
      [SERVER, 'destination'],
    ]);
  });

  it('names a direction whose first packet comes later', () => {
    const conversations = new Conversations();
    conversations.tcp(WEB, PUSH, request('www.example.com'), 1001);
    conversations.tcp(back(WEB), 16, '', 5001);
    expect(conversations.end().map(({ application }) => application)).toEqual(['http', 'http']);
  });

  it('says of the first bytes of a connection alone what they are', () => {
    const conversations = new Conversations();
    conversations.open(WEB);
    conversations.tcp(WEB, PUSH, Buffer.alloc(200, 0xee), 1001);
    conversations.tcp(WEB, PUSH, request('www.example.com'), 1201);
    expect(conversations.end().map(({ application }) => application)).toEqual(['', '']);
  });

  it('carries the name on where the active timeout cuts the flow', () => {
    const conversations = new Conversations({ activeMs: 1000 });
    conversations.open(WEB);
    conversations.tcp(WEB, PUSH, request('www.example.com'), 1001);
    conversations.timeMs += 2000;
    conversations.tcp(WEB, PUSH, 'x', 1001 + request('www.example.com').length);
    const flows = found(conversations, WEB.toPort);
    expect(flows.map(({ application, name, reason }) => [application, name, reason])).toEqual([
      ['http', 'www.example.com', 2],
      ['http', 'www.example.com', 4],
    ]);
  });

  it('does not give the name to the next connection of the same ports', () => {
    const conversations = new Conversations();
    conversations.open(WEB);
    conversations.tcp(WEB, PUSH, request('www.example.com'), 1001);
    conversations.tcp(WEB, FIN, '', 1101);
    conversations.tcp(back(WEB), FIN, '', 5001);
    conversations.tcp(WEB, 2, '', 90_000);
    conversations.tcp(back(WEB), 18, '', 95_000);
    conversations.tcp(WEB, PUSH, Buffer.alloc(200, 0xee), 90_001);
    expect(found(conversations, WEB.toPort).map(({ application }) => application)).toEqual(['http', '']);
  });

  it('keeps the memory bounded, and later flows their names, under a flood of flows that send one byte', async () => {
    const hello = await clientHello('www.example.com');
    const conversations = new Conversations({ maxFlows: 2_000 });
    for (let i = 0; i < 20_000; i++)
      conversations.tcp({ from: `10.0.${i >>> 8}.${i & 255}`, fromPort: 1024 + i, toPort: 80 }, PUSH, 'G', 7);
    conversations.open(WEB);
    conversations.tcp(WEB, PUSH, hello.subarray(0, 100), 1001);
    conversations.tcp(WEB, PUSH, hello.subarray(100), 1101);
    expect(found(conversations, WEB.toPort).map(({ name }) => name)).toEqual(['www.example.com']);
    const { recognitionsCut, joinsCut } = conversations.meter.counts;
    expect(joinsCut + recognitionsCut).toBeGreaterThan(0);
  });

  it.each([200, 700, 1_400, 3_000])('names an HTTP request whose Host comes in a later segment of %d bytes', (size) => {
    const conversations = new Conversations();
    const cookies = `Cookie: ${'x'.repeat(2_000)}\r\n`;
    const text = `GET / HTTP/1.1\r\nUser-Agent: curl\r\n${cookies}Accept: */*\r\nHost: www.example.com\r\nAuthorization: Basic YTpi\r\n\r\n`;
    conversations.open(WEB);
    for (let from = 0; from < text.length; from += size)
      conversations.tcp(WEB, PUSH, text.slice(from, from + size), 1001 + from);
    conversations.tcp(back(WEB), PUSH, 'HTTP/1.1 200 OK\r\n\r\n', 5001);
    const said = conversations.end().map(({ application, name, security }) => [application, name, security]);
    expect(said).toEqual(Array(2).fill(['http', 'www.example.com', 'clear_login']));
  });

  it('reads no names of servers where it may not', () => {
    const conversations = new Conversations({ serverNames: false });
    conversations.open(WEB);
    conversations.tcp(WEB, PUSH, request('www.example.com'), 1001);
    expect(found(conversations, WEB.toPort).map(({ application, name }) => [application, name])).toEqual([
      ['http', ''],
    ]);
  });
});

describe('security', () => {
  const TLS: Ends = { fromPort: 40_000, toPort: 443 };
  const judged = (conversations: Conversations) =>
    conversations.end().map(({ application, security }) => [application, security]);

  it('is ok where payload was recognised, and shows no weakness', () => {
    const conversations = new Conversations();
    conversations.open(WEB);
    conversations.tcp(WEB, PUSH, request('www.example.com'), 1001);
    expect(judged(conversations)).toEqual(Array(2).fill(['http', 'ok']));
  });

  it.each([false, true])(
    'is ok where the first payloads are of nothing that is known (flows of both directions: %s)',
    (biflow) => {
      const conversations = new Conversations({ biflow });
      for (const text of ['this is nothing that anybody speaks\r\n', 'PINGPING']) {
        const ends = { ...TLS, fromPort: TLS.fromPort + text.length };
        conversations.open(ends);
        conversations.tcp(ends, PUSH, text, 1001);
        conversations.tcp(back(ends), 16, '', 5001);
      }
      conversations.udp({ fromPort: 40_000, toPort: 53 }, 'this is no question of DNS');
      expect(judged(conversations)).toEqual(Array(biflow ? 3 : 5).fill(['', 'ok']));
    },
  );

  it('is not known where no payload was seen, or only that of the middle of a connection', () => {
    const conversations = new Conversations();
    conversations.open(TLS);
    conversations.tcp({ ...TLS, fromPort: 40_001 }, PUSH, Buffer.alloc(200, 0xee), 77);
    expect(judged(conversations)).toEqual(Array(3).fill(['', 'unknown']));
  });

  it('is not known where what was seen may still be something: half a hello, or QUIC of which the beginning is missing', async () => {
    const hello = await clientHello('www.example.com');
    const conversations = new Conversations();
    conversations.open(WEB);
    conversations.tcp(WEB, PUSH, hello.subarray(0, 7), 1001);
    conversations.udp({ fromPort: 40_000, toPort: 443 }, [0x4a, ...Buffer.alloc(60, 0x99)]);
    expect(judged(conversations)).toEqual(Array(3).fill(['', 'unknown']));
  });

  const ASKED = request('a.example');
  const CHALLENGE = 'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 3000\r\n\r\n';
  const LOGGED_IN = ASKED.replace('\r\n\r\n', '\r\nAuthorization: Basic YTpi\r\n\r\n');
  const OK = 'HTTP/1.1 200 OK\r\n\r\n';
  const REDIS: Ends = { fromPort: 40_000, toPort: 6379 };
  const HELLO = '*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n';
  const AUTH = '*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n';
  const HELLO_AUTH = '*5\r\n$5\r\nHELLO\r\n$1\r\n3\r\n$4\r\nAUTH\r\n$7\r\ndefault\r\n$6\r\nsecret\r\n';

  /** Says the texts by turns: those that begin with `<` are of the server. */
  const talk = (conversations: Conversations, ends: Ends, texts: readonly string[]) => {
    const next = [1001, 5001];
    conversations.open(ends);
    for (const said of texts) {
      const side = said.startsWith('<') ? 1 : 0;
      const text = said.slice(side);
      conversations.tcp(side === 1 ? back(ends) : ends, PUSH, text, next[side]);
      next[side]! += text.length;
    }
  };

  const BODY = `<${'x'.repeat(1400)}`;
  it.each([
    ['asks, is told to log in, and does', WEB, [ASKED, `<${CHALLENGE}`, BODY, BODY, LOGGED_IN, `<${OK}`], 'http'],
    ['logs in at once', WEB, [LOGGED_IN, `<${OK}`, ASKED, `<${OK}`], 'http'],
    ['is told twice', WEB, [ASKED, `<${CHALLENGE}`, ASKED, `<${CHALLENGE}`, LOGGED_IN], 'http'],
    ['may go on before', WEB, [ASKED, '<HTTP/1.1 100 Continue\r\n\r\n', `<${CHALLENGE}`, LOGGED_IN], 'http'],
    [
      'logs in to a proxy',
      WEB,
      [
        'CONNECT a.example:443 HTTP/1.1\r\n\r\n',
        '<HTTP/1.1 407 Proxy Authentication Required\r\n\r\n',
        'CONNECT a.example:443 HTTP/1.1\r\nProxy-Authorization: Basic YTpi\r\n\r\n',
      ],
      'http-proxy',
    ],
    ['of Redis says hello, then logs in', REDIS, [HELLO, '<-NOAUTH HELLO\r\n', AUTH, '<+OK\r\n'], 'redis'],
    ['of Redis logs in, then says hello', REDIS, [AUTH, '<+OK\r\n', HELLO], 'redis'],
    ['of Redis does both in one command', REDIS, [HELLO_AUTH], 'redis'],
    ['of Redis sends both commands together', REDIS, [HELLO + AUTH], 'redis'],
    ['of Redis types its commands', REDIS, [HELLO, '<-NOAUTH HELLO\r\n', 'AUTH secret\r\n'], 'redis'],
  ])('is a log-in in clear text where a client %s', (_, ends, texts, application) => {
    for (const biflow of [false, true]) {
      const conversations = new Conversations({ biflow });
      talk(conversations, ends, texts);
      expect(judged(conversations)).toEqual(Array(biflow ? 1 : 2).fill([application, 'clear_login']));
    }
  });

  it('is a log-in in clear text where the head with the password comes in pieces', () => {
    const conversations = new Conversations();
    talk(conversations, WEB, [ASKED, `<${CHALLENGE}`, 'GET /ve', LOGGED_IN.slice(4, 60), LOGGED_IN.slice(60)]);
    expect(judged(conversations)).toEqual(Array(2).fill(['http', 'clear_login']));
  });

  it('is ok where the answer asks for no password, or none is sent, or an answer has the word', () => {
    const texts = [
      [WEB, [ASKED, `<${OK}`]],
      [WEB, [ASKED, `<${CHALLENGE}`, ASKED, `<${OK}`]],
      [REDIS, [HELLO, `<${AUTH}`, '*1\r\n$4\r\nPING\r\n']],
      [REDIS, ['*2\r\n$3\r\nGET\r\n$4\r\nAUTH\r\n']],
    ] as const;
    for (const [ends, said] of texts) {
      const conversations = new Conversations();
      talk(conversations, ends, said);
      expect(judged(conversations).map(([, security]) => security)).toEqual(['ok', 'ok']);
    }
  });

  it('is not said of a log-in that a meter which takes only some packets may have missed', () => {
    for (const texts of [
      [ASKED, `<${CHALLENGE}`, ASKED],
      [HELLO, '<-NOAUTH HELLO\r\n', HELLO],
    ]) {
      const conversations = new Conversations({ sampling: { kind: 'systematic', rate: 2 } });
      for (let i = 0; i < 4; i++) talk(conversations, texts[0] === HELLO ? REDIS : WEB, texts);
      const said = judged(conversations);
      expect(said.length).toBeGreaterThan(0);
      expect(said.map(([, security]) => security)).toEqual(said.map(() => 'unknown'));
    }
  });

  it('is not known of a meter that takes only some packets, save where one shows it', () => {
    const conversations = new Conversations({ sampling: { kind: 'systematic', rate: 2 } });
    for (let i = 0; i < 8; i++) conversations.tcp(WEB, PUSH, request('www.example.com'), 1001);
    expect(judged(conversations)).toEqual([['http', 'unknown']]);
  });
});

describe('names seen before', () => {
  const LATER: Ends = { fromPort: 40_100, toPort: 9_999 };

  it('are those of an address for the client that DNS told them to', () => {
    const conversations = new Conversations();
    resolve(conversations, 'www.example.com');
    conversations.open(LATER);
    conversations.open({ ...LATER, from: '192.0.2.77' });
    const names = found(conversations, LATER.toPort).map(({ flow, name, source }) => [
      flow.split(':')[0],
      name,
      source,
    ]);
    expect(names).toEqual([
      [CLIENT, 'www.example.com', 'name'],
      ['192.0.2.77', '', 'none'],
    ]);
  });

  it('are those that the client asked for in a flow of before', () => {
    const conversations = new Conversations();
    conversations.open(WEB);
    conversations.tcp(WEB, PUSH, request('www.example.com'), 1001);
    conversations.open(LATER);
    expect(found(conversations, LATER.toPort).map(({ name, source }) => [name, source])).toEqual([
      ['www.example.com', 'name'],
    ]);
  });

  it('are none where the client had several for the address', () => {
    const conversations = new Conversations();
    resolve(conversations, 'www.example.com');
    resolve(conversations, 'mail.example.com', 30, 53_002);
    conversations.open(LATER);
    expect(found(conversations, LATER.toPort).map(({ name }) => name)).toEqual(['']);
  });

  it('hold for as long as DNS says and a minute more', () => {
    for (const [waitMs, name] of [
      [85_000, 'www.example.com'],
      [95_000, ''],
    ] as const) {
      const conversations = new Conversations();
      resolve(conversations, 'www.example.com', 30);
      conversations.timeMs += waitMs;
      conversations.open(LATER);
      conversations.open(LATER);
      expect(found(conversations, LATER.toPort).at(-1)?.name).toBe(name);
    }
  });

  it('are not that of the server that was asked, and give way to what the flow itself asks for', () => {
    const conversations = new Conversations();
    resolve(conversations, 'www.example.com');
    conversations.open(WEB);
    conversations.tcp(WEB, PUSH, request('shop.example.com'), 1001);
    const flows = conversations.end();
    expect(flows.find(({ application }) => application === 'dns')?.name).toBe('');
    expect(flows.find(({ flow }) => flow.endsWith(`:${WEB.toPort}`))).toMatchObject({
      name: 'shop.example.com',
      source: 'payload',
    });
  });

  it.each([
    ['to another port', 'shop.example.com', 5555, 0x12],
    ['to the port of another question', 'shop.example.com', 53_001, 0x12],
    ['of another transaction', 'www.example.com', 53_001, 0x13],
  ])('are not told by an answer that nobody asked for: %s', (_, name, toPort, id) => {
    for (const biflow of [false, true]) {
      const conversations = new Conversations({ biflow });
      conversations.udp({ from: CLIENT, to: RESOLVER, fromPort: 53_001, toPort: 53 }, dnsQuery('www.example.com'));
      const forged = [id, ...dnsAnswer(name, SERVER, 3600).slice(1)];
      conversations.udp({ from: RESOLVER, to: CLIENT, fromPort: 53, toPort }, forged);
      conversations.open(LATER);
      expect(found(conversations, LATER.toPort).map(({ name }) => name)).toEqual(['']);
    }
  });

  it('are not taken away by an answer that nobody asked for', () => {
    const conversations = new Conversations();
    resolve(conversations, 'www.example.com');
    const forger: Ends = { from: '203.0.113.66', to: CLIENT, fromPort: 4444, toPort: 5555 };
    conversations.udp(forger, dnsAnswer('shop.example.com', SERVER, 3600));
    const again: Ends = { from: RESOLVER, to: CLIENT, fromPort: 53, toPort: 53_001 };
    conversations.udp(again, dnsAnswer('shop.example.com', SERVER, 3600));
    conversations.open(LATER);
    expect(found(conversations, LATER.toPort).map(({ name }) => name)).toEqual(['www.example.com']);
  });

  it('leave flows that say their name room, however many a client asks for, and other clients theirs', () => {
    const conversations = new Conversations();
    const elsewhere = '198.51.100.9';
    // Where its answers lie is drawn by lot: some of twelve others may be neighbours.
    const others = Array.from({ length: 12 }, (_, i) => `192.0.2.${70 + i}`);
    for (const from of others) {
      const to: Ends = { from, to: RESOLVER, fromPort: 53_000, toPort: 53 };
      conversations.udp(to, dnsQuery('kept.example.com'));
      conversations.udp(back(to), dnsAnswer('kept.example.com', elsewhere, 30));
    }
    for (let i = 0; i < 5_000; i++) {
      const ends: Ends = { to: RESOLVER, fromPort: 1024 + (i % 4_000), toPort: 53 };
      const name = `n${i}.example.com`;
      conversations.udp(ends, dnsQuery(name));
      conversations.udp(back(ends), dnsAnswer(name, `10.0.${i >>> 8}.${i & 255}`, 3600));
    }
    for (const from of others) conversations.tcp({ ...LATER, from, to: elsewhere }, 2);
    conversations.open(WEB);
    conversations.tcp(WEB, PUSH, request('www.example.com'), 1001);
    const { counts } = conversations.meter;
    expect(counts.namesLeftOut).toBe(0);
    expect(counts.givenNamesCut).toBeGreaterThan(3_000);
    const flows = conversations.end();
    expect(flows.find(({ flow }) => flow.endsWith(`:${WEB.toPort}`))?.name).toBe('www.example.com');
    expect(flows.filter(({ name }) => name === 'kept.example.com').length).toBeGreaterThanOrEqual(4);
  });

  it('are not told on a meter that passes packets over', () => {
    const conversations = new Conversations({ sampling: { kind: 'systematic', rate: 2, seed: 1 } });
    for (let i = 0; i < 4; i++) resolve(conversations, 'www.example.com', 30, 53_001 + i);
    for (let i = 0; i < 4; i++) conversations.open(LATER);
    expect(found(conversations, LATER.toPort).every(({ name }) => name === '')).toBe(true);
  });
});
