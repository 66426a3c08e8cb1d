import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../flow/index.ts';
import { initialPacket } from '../../packet/application/quic-initial.testing.ts';
import { cryptoParts, HandshakeParts } from '../../packet/index.ts';
import { nameInHello, nameInTls } from './client-hello.ts';
import { dnsAnswer } from './dns-answers.ts';
import { hostName } from './host-name.ts';
import { RecentMap } from './recent-map.ts';
import { Resolvers } from './resolvers.ts';
import { ServerNames } from './server-names.ts';

const DNS = 1;
const TLS = 2;
const QUIC = 3;
const SERVER = parseAddress('192.0.2.7')!;

/** As the programs write it. */
function event(kind: number, payload: Buffer, { cookie = 5, address = SERVER, port = 443 } = {}): DataView {
  const bytes = Buffer.alloc(56 + payload.length);
  bytes.writeUInt32LE(cookie, 0);
  address.forEach((word, i) => {
    bytes.writeUInt32BE(word, 24 + 4 * i);
  });
  bytes.writeUInt16LE(port, 42);
  bytes.writeUInt16LE(payload.length, 48);
  bytes[50] = kind;
  payload.copy(bytes, 56);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function answer(name: string, ...data: string[]): Buffer {
  const answers = data.map((one) => ({
    type: one.includes(':') ? ('AAAA' as const) : ('A' as const),
    name: 'edge.example.net',
    data: one,
    ttl: 60,
  }));
  return Buffer.from(
    encode({
      type: 'response',
      id: 1,
      questions: [{ type: 'A', name }],
      answers: [{ type: 'CNAME', name, data: 'edge.example.net' }, ...answers],
    }),
  );
}

/** The handshake of appendix A.2 of RFC 9001. */
const hello = cryptoParts(initialPacket())[0]!.bytes;

function records(bytes: Buffer, size: number): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    const part = bytes.subarray(at, at + size);
    parts.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 0xff]), part);
  }
  return Buffer.concat(parts);
}

describe('the name of a server', () => {
  it('is in an Initial packet of QUIC that was made with the keys of RFC 9001', () => {
    const [part] = cryptoParts(initialPacket());
    expect(part).toMatchObject({ connection: '8394c8f03e515708', offset: 0 });
    expect(nameInHello(part!.bytes)).toEqual({ kind: 'name', name: 'example.com' });
  });

  it('is put together from packets of QUIC that come in any order, and more than once', () => {
    const names = new ServerNames();
    for (const packet of [initialPacket(3, 60, 241), initialPacket(3, 60, 241), initialPacket(2, 0, 60)])
      names.take(event(QUIC, packet), 0);
    expect(names.nameOf(5, SERVER, 0, 443)?.name).toBe('example.com');
    expect(names.counts).toEqual({ dns: 0, tls: 0, quic: 1, without: 0, passedOver: 0 });
  });

  it('belongs to the flow that asked, and before what DNS said of the address', () => {
    const names = new ServerNames({ resolvers: { has: () => true } });
    names.take(event(DNS, answer('CDN.example.org', '192.0.2.7', '2001:db8::7')), 0);
    names.take(event(TLS, records(hello, 1000)), 0);
    expect(names.nameOf(5, SERVER, 0, 443)?.name).toBe('example.com');
    expect(names.nameOf(6, SERVER, 0, 443)).toEqual({ name: 'cdn.example.org', source: 'name' });
    expect(names.nameOf(5, SERVER, 0, 443)?.source).toBe('payload');
    expect(names.nameOf(0, parseAddress('2001:db8::7')!, 0, 80)?.name).toBe('cdn.example.org');
    expect(names.nameOf(0, parseAddress('192.0.2.8')!, 0, 80)?.name).toBeUndefined();
  });

  it('is for all what a configured resolver answered; what another server answered is for the group that asked it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-resolvers-'));
    const file = join(folder, 'resolv.conf');
    writeFileSync(
      file,
      '# nameserver 192.0.2.99\nsearch example\nnameserver 198.51.100.53\n nameserver fe80::1%eth0\n',
    );
    const resolvers = new Resolvers([join(folder, 'absent'), file]);
    const asked = ['198.51.100.53', 'fe80::1', '192.0.2.99'].map((text) => resolvers.has(parseAddress(text)!));
    rmSync(folder, { recursive: true });
    expect(asked).toEqual([true, true, false]);
    const names = new ServerNames({ resolvers, groupOf: (cookie) => (cookie < 10 ? 1 : 2) });
    const other = { cookie: 5, address: parseAddress('192.0.2.99')! };
    const configured = { cookie: 15, address: parseAddress('198.51.100.53')! };
    names.take(event(DNS, answer('bank.example', '192.0.2.7', '192.0.2.8'), other), 0);
    expect([6, 16].map((cookie) => names.nameOf(cookie, SERVER, 0, 443)?.name)).toEqual(['bank.example', undefined]);
    names.take(event(DNS, answer('www.example', '192.0.2.7'), configured), 0);
    names.take(event(DNS, answer('bank.example', '192.0.2.7'), other), 0);
    expect([6, 16].map((cookie) => names.nameOf(cookie, SERVER, 0, 443)?.name)).toEqual(['www.example', 'www.example']);
    expect(names.nameOf(6, parseAddress('192.0.2.8')!, 0, 443)?.name).toBe('bank.example');
  });

  it('is not that of addresses of names that the asked one does not lead to', () => {
    const cname = (name: string, data: string) => ({ type: 'CNAME' as const, name, data });
    const a = (name: string, data: string) => ({ type: 'A' as const, name, data });
    const asked = (...answers: (ReturnType<typeof cname> | ReturnType<typeof a>)[]) =>
      dnsAnswer(Buffer.from(encode({ type: 'response', questions: [{ type: 'A', name: 'www.example' }], answers })));
    expect(asked(a('bank.example', '192.0.2.8'))).toBeNull();
    expect(asked(a('bank.example', '192.0.2.8'), a('WWW.example', '192.0.2.7'))!.addresses).toEqual([SERVER]);
    const chain = [
      cname('one.example', 'two.example'),
      a('TWO.example', '192.0.2.7'),
      cname('www.example', 'One.example'),
    ];
    expect(asked(...chain)!.addresses).toEqual([SERVER]);
    expect(
      asked(cname('www.example', 'one.example'), cname('one.example', 'www.example'), a('x.example', '192.0.2.8')),
    ).toBeNull();
  });

  it.each([1, 7, 100, 241])('is read from TLS records of %i bytes', (size) => {
    expect(nameInTls(records(hello, size))).toEqual({ kind: 'name', name: 'example.com' });
  });

  it('is read as soon as its bytes are there', () => {
    const end = hello.indexOf('example.com') + 11;
    for (let bytes = 0; bytes < hello.length; bytes++)
      expect(nameInHello(hello.subarray(0, bytes)).kind, `${bytes}`).toBe(bytes < end ? 'cut' : 'name');
  });

  it('is the one that was asked for, not the one it leads to', () => {
    expect(dnsAnswer(answer('www.example.org.', '192.0.2.7'))).toEqual({
      name: 'www.example.org',
      addresses: [SERVER],
    });
    expect(dnsAnswer(answer('www.example.org'))).toBeNull();
    expect(dnsAnswer(Buffer.from(encode({ type: 'query', questions: [{ type: 'A', name: 'a' }] })))).toBeNull();
  });

  it.each([
    ['WWW.Example.org.', 'www.example.org'],
    ['_dns.resolver.arpa', '_dns.resolver.arpa'],
    ['', null],
    ['a..b', null],
    ['a b', null],
    ['<script>', null],
    [`${'a.'.repeat(130)}a`, null],
  ])('is kept only as a name of a host can be: %s', (text, name) => {
    expect(hostName(text)).toBe(name);
  });

  it('is nothing that hostile bytes can break', () => {
    const whole = [initialPacket(), records(hello, 100), answer('a.example', '192.0.2.1')];
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .tuple(fc.constantFrom(...whole), fc.array(fc.tuple(fc.nat(1300), fc.nat(255)), { maxLength: 4 }), fc.nat(1300))
        .map(([base, changes, length]) => {
          const changed = Buffer.from(base);
          for (const [at, value] of changes) if (at < changed.length) changed[at] = value;
          return changed.subarray(0, length);
        }),
    );
    fc.assert(
      fc.property(fc.constantFrom(DNS, TLS, QUIC), bytes, (kind, payload) => {
        new ServerNames().take(event(kind, Buffer.from(payload)), 0);
      }),
      { numRuns: 2000 },
    );
  });

  it('is forgotten when many others came', () => {
    const map = new RecentMap<number, number>(3);
    for (const i of [1, 2, 3, 1, 4]) map.set(i, i);
    expect([1, 2, 3, 4].map((i) => map.get(i))).toEqual([1, undefined, 3, 4]);
  });

  it('is looked for in three packets of a datagram, of one connection: more cost their keys, and no client sends them', () => {
    const parts = Array.from({ length: 12 }, (_, i) => initialPacket(i, 20 * i, 20 * i + 20));
    expect(cryptoParts(Buffer.concat(parts)).map(({ offset }) => offset)).toEqual([0, 20, 40]);
    const other = Buffer.from(initialPacket());
    other[6]! ^= 1;
    expect(cryptoParts(Buffer.concat([parts[0]!, other, parts[1]!]))).toHaveLength(1);
  });

  it('is not looked for beyond a share of the time, which each protocol has for itself', () => {
    const names = new ServerNames({ share: 1e-9, keptMs: 1e-3 });
    for (let i = 0; i < 1000; i++) names.take(event(QUIC, initialPacket()), 0);
    expect(names.counts).toMatchObject({ quic: 1, passedOver: 999 });
    names.take(event(DNS, answer('a.example', '192.0.2.1')), 0);
    names.take(event(TLS, records(hello, 1000)), 0);
    expect(names.counts).toMatchObject({ dns: 1, tls: 1, quic: 1, passedOver: 999 });
  });

  it('keeps of a handshake no byte more than a handshake has, though parts overlap and are cut from large packets', () => {
    const parts = new HandshakeParts();
    const packet = Buffer.alloc(4_000, 1);
    for (let i = 0; i < 64; i++) parts.add(i, packet);
    expect(parts.bytes().length).toBe(4_003);
    packet.fill(2);
    expect(parts.bytes().includes(2)).toBe(false);
  });

  it('takes no more memory for one handshake than a handshake can need', () => {
    const parts = new HandshakeParts();
    for (let i = 0; i < 1000; i++) parts.add(16 * i, Buffer.alloc(16));
    parts.add(2 ** 40, Buffer.alloc(16));
    expect(parts.bytes().length).toBe(64 * 16);
  });
});
