import { describe, expect, it } from 'vitest';
import { back, CLIENT, Conversations, type Ends, SERVER } from './conversations.testing.ts';

const PUSH = 24;
const CONTROL: Ends = { fromPort: 40_000, toPort: 21 };
/** 195 x 256 + 80. */
const DATA_PORT = 50_000;
const PASSIVE = '227 Entering Passive Mode (198,51,100,2,195,80).\r\n';

/** A control connection up to where data is announced. */
class Ftp {
  readonly conversations: Conversations;
  private readonly next = new Map([
    [true, 1001],
    [false, 5001],
  ]);

  constructor(conversations = new Conversations()) {
    this.conversations = conversations;
    conversations.open(CONTROL);
    this.says('220 (vsFTPd 3.0.3)\r\n');
    this.asks('USER anonymous\r\n');
    this.says('331 Please specify the password.\r\n');
  }

  asks(line: string): void {
    this.send(true, line);
  }

  says(line: string): void {
    this.send(false, line);
  }

  private send(client: boolean, line: string): void {
    const sequence = this.next.get(client)!;
    this.next.set(client, sequence + line.length);
    this.conversations.tcp(client ? CONTROL : back(CONTROL), PUSH, line, sequence);
  }
}

function data({ conversations }: Ftp, ends: Ends, content: string | Uint8Array = Buffer.alloc(500, 0xee)): void {
  conversations.open(ends);
  conversations.tcp(back(ends), PUSH, content, 5001);
}

function namesAt({ conversations }: Ftp, port: number): string[] {
  const isOf = ({ flow }: { flow: string }) => flow.includes(`:${port} `) || flow.endsWith(`:${port}`);
  return conversations
    .end()
    .filter(isOf)
    .map(({ application, evidence }) => `${application} ${evidence}`);
}

const KNOWN = ['ftp-data state', 'ftp-data state'];
const UNKNOWN = [' none', ' none'];
const passive: Ends = { fromPort: 40_001, toPort: DATA_PORT };

describe('data of FTP is known by what was announced', () => {
  it('where the server says its port', () => {
    const ftp = new Ftp();
    ftp.says(PASSIVE);
    data(ftp, passive);
    expect(namesAt(ftp, DATA_PORT)).toEqual(KNOWN);
  });

  it('where the server says its port alone (RFC 2428)', () => {
    const ftp = new Ftp();
    ftp.says('229 Entering Extended Passive Mode (|||50000|)\r\n');
    data(ftp, passive);
    expect(namesAt(ftp, DATA_PORT)).toEqual(KNOWN);
  });

  it.each([
    ['PORT', 'PORT 192,0,2,1,195,80\r\n'],
    ['EPRT', 'EPRT |1|192.0.2.1|50000|\r\n'],
  ])('where the client says its port: %s', (_, line) => {
    const ftp = new Ftp();
    ftp.asks(line);
    data(ftp, { from: SERVER, to: CLIENT, fromPort: 20, toPort: DATA_PORT });
    expect(namesAt(ftp, DATA_PORT)).toEqual(KNOWN);
  });

  it('in flows of both directions, too', () => {
    const ftp = new Ftp(new Conversations({ biflow: true }));
    ftp.says(PASSIVE);
    data(ftp, passive);
    expect(namesAt(ftp, DATA_PORT)).toEqual(['ftp-data state']);
  });

  it('whatever the file looks like', () => {
    const ftp = new Ftp();
    ftp.says(PASSIVE);
    data(ftp, passive, 'GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n');
    expect(namesAt(ftp, DATA_PORT)).toEqual(KNOWN);
  });

  it('where the flow is there before it is announced', () => {
    const ftp = new Ftp();
    ftp.conversations.open(passive);
    ftp.says(PASSIVE);
    expect(namesAt(ftp, DATA_PORT)).toEqual(KNOWN);
  });

  it('after minutes no more', () => {
    const ftp = new Ftp();
    ftp.says(PASSIVE);
    ftp.conversations.timeMs += 130_000;
    // The first packet after a leap of time is not believed until the next one agrees.
    ftp.asks('NOOP\r\n');
    ftp.asks('NOOP\r\n');
    data(ftp, passive);
    expect(namesAt(ftp, DATA_PORT)).toEqual(UNKNOWN);
  });
});

/** An offer of media at `address`, in a request that `from` sends. */
function offer(conversations: Conversations, from: string, address: string, port: number): void {
  const sdp = `v=0\r\no=- 0 0 IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\n`;
  const head = 'OPTIONS sip:x SIP/2.0\r\nContent-Type: application/sdp\r\n\r\n';
  conversations.udp({ from, to: '192.0.2.99', fromPort: 5060, toPort: 5060 }, head + sdp);
}
/** Packets of version 2 whose numbers do not follow each other, which payload alone does not tell. */
function media(conversations: Conversations, ends: Ends): string[] {
  for (let i = 0; i < 4; i++)
    conversations.udp(ends, [0x80, 0, i * 40, 7, 0, 0, 0, 0, 0x11, 0x22, 0x33, i + 1, ...Array(40).fill(0xee)]);
  const isOf = ({ flow }: { flow: string }) => flow.endsWith(`:${ends.toPort}`);
  return conversations
    .end()
    .filter(isOf)
    .map(({ application, evidence }) => `${application} ${evidence}`);
}

describe('media of calls', () => {
  it('are known at the port that an end says of its own', () => {
    const conversations = new Conversations();
    offer(conversations, SERVER, SERVER, 30_000);
    expect(media(conversations, { fromPort: 31_000, toPort: 30_000 })).toEqual(['rtp state']);
  });

  it.each([
    ['of somebody else', '203.0.113.66', 30_000],
    ['of a well-known server', SERVER, 53],
  ])('are not believed at a port %s', (_, from, port) => {
    const conversations = new Conversations();
    offer(conversations, from, SERVER, port);
    expect(media(conversations, { fromPort: 31_000, toPort: port }).every((name) => !name.startsWith('rtp'))).toBe(
      true,
    );
  });

  it('give way to what the first payload shows', () => {
    const conversations = new Conversations();
    offer(conversations, SERVER, SERVER, 30_000);
    const query = [0x80, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 0x77, 0x77, 0x77, 3, 0x63, 0x6f, 0x6d, 0, 0, 1, 0, 1];
    for (let i = 0; i < 3; i++) conversations.udp({ fromPort: 31_000, toPort: 30_000 }, query);
    const names = conversations.end().filter(({ flow }) => flow.endsWith(':30000'));
    expect(names.map(({ application }) => application)).toEqual(['dns']);
  });
});

describe('nobody names flows of others', () => {
  it.each([
    [
      'a port of well-known servers',
      '227 Entering Passive Mode (198,51,100,2,1,187).\r\n',
      443,
      'GET / HTTP/1.1\r\nHost: a.b\r\n\r\n',
      'http',
    ],
    ['a port where SSH answers', PASSIVE, DATA_PORT, 'SSH-2.0-OpenSSH_9.6\r\n', 'ssh'],
  ])('by %s', (_, line, toPort, content, application) => {
    const ftp = new Ftp();
    ftp.says(line);
    const ends = { fromPort: 40_001, toPort };
    ftp.conversations.open(ends);
    ftp.conversations.tcp(
      application === 'http' ? ends : back(ends),
      PUSH,
      content,
      application === 'http' ? 1001 : 5001,
    );
    expect(namesAt(ftp, toPort)).toEqual(Array(2).fill(`${application} payload`));
  });

  it('by the port of a host that is not an end of the conversation', () => {
    const ftp = new Ftp();
    ftp.asks('PORT 203,0,113,9,195,80\r\n');
    data(ftp, { from: SERVER, to: '203.0.113.9', fromPort: 20, toPort: DATA_PORT });
    data(ftp, { from: '192.0.2.7', to: '203.0.113.9', fromPort: 40_002, toPort: DATA_PORT });
    expect(namesAt(ftp, DATA_PORT)).toEqual([...UNKNOWN, ...UNKNOWN]);
  });

  it('who use the port that was announced to somebody else', () => {
    const ftp = new Ftp();
    ftp.says(PASSIVE);
    data(ftp, { ...passive, from: '192.0.2.7' });
    expect(namesAt(ftp, DATA_PORT)).toEqual(UNKNOWN);
  });
});

it('nothing is expected on a meter that passes packets over', () => {
  const ftp = new Ftp(new Conversations({ sampling: { kind: 'systematic', rate: 2, seed: 1 } }));
  for (let i = 0; i < 4; i++) ftp.says(PASSIVE);
  for (let i = 0; i < 4; i++) data(ftp, passive);
  expect(namesAt(ftp, DATA_PORT).every((name) => name === ' none')).toBe(true);
});

it('announcements that gave way to others before their time are counted', () => {
  const ftp = new Ftp();
  for (let port = 10_000; port < 40_000; port++)
    ftp.says(`227 Entering Passive Mode (198,51,100,2,${port >>> 8},${port & 255}).\r\n`);
  expect(ftp.conversations.meter.counts.announcementsCut).toBeGreaterThanOrEqual(30_000 - 16_384);
});
