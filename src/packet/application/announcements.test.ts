import { describe, expect, it } from 'vitest';
import { SECURITY } from './finding.ts';
import { recognised } from './payloads.testing.ts';
import { all, hex, text, u32, zeros } from './samples.testing.ts';

const CLIENT = [0, 0, 0xffff, 0xc0000201];
const UDP = { protocol: 17 };
const sdp = (address: string) =>
  text(
    `INVITE sip:b@c SIP/2.0\r\n\r\nv=0\r\nc=IN ${address}\r\nm=audio 49170 RTP/AVP 0\r\nm=video 49180 RTP/SAVP 96\r\na=rtcp:50000\r\n`,
  );

/** A tower of five floors for the interface of samr, at port 49155 of 192.0.2.7. */
const tower = all(
  hex('13 00 0d 78573412 3412 cdab ef00 0123456789ac 0100 0200 0000'),
  hex('13 00 0d 045d888a eb1c c911 9fe8 08002b104860 0200 0200 0000'),
  hex('01 00 0b 0200 0000 01 00 07 0200 c003 01 00 09 0400 c0000207'),
);
const little = (value: number, bytes: number) => {
  const out = Buffer.alloc(bytes);
  out.writeUInt32LE(value);
  return out;
};
/** What ept_map answers: behind the handle of an entry an array of pointers, then each tower with its length; numbers of 4 bytes (NDR) or 8 (NDR64). */
const towersOf = (towers: readonly Buffer[], bytes = 4) => {
  const number = (value: number) => little(value, bytes);
  const pointers = towers.map((_, i) => number(3 + i));
  const bodies = towers.map((floors) => {
    const whole = all(number(floors.length + 2), little(floors.length + 2, 4), hex('0500'), floors);
    return all(whole, zeros((bytes - (whole.length % bytes)) % bytes));
  });
  const n = towers.length;
  return all(zeros(8), zeros(20), little(n, 4), number(n), number(0), number(n), ...pointers, ...bodies, zeros(4));
};
const mapAnswer = (body: Buffer) =>
  all(hex('05 00 02 03 10000000'), Buffer.from([16 + body.length, 0, 0, 0]), hex('01000000'), body);

describe('end points that payloads announce', () => {
  it('media of a session description, at the address of the connection', () => {
    const { announced } = recognised(sdp('IP4 192.0.2.9'), UDP);
    const address = [0, 0, 0xffff, 0xc0000209];
    expect(announced).toEqual([
      { address, port: 49_170, protocol: 17, application: 'rtp' },
      { address, port: 49_171, protocol: 17, application: 'rtcp' },
      { address, port: 49_180, protocol: 17, application: 'srtp' },
      { address, port: 50_000, protocol: 17, application: 'rtcp' },
    ]);
  });

  it('IPv6 with a gap as well, and none of nobody or of no address', () => {
    expect(recognised(sdp('IP6 2001:db8::5:1'), UDP).announced[0]!.address).toEqual([0x20010db8, 0, 0, 0x50001]);
    expect(recognised(sdp('IP6 ::1'), UDP).announced[0]!.address).toEqual([0, 0, 0, 1]);
    expect(recognised(sdp('IP4 0.0.0.0'), UDP).announced).toEqual([]);
    expect(recognised(sdp('IP4 1.2.3'), UDP).announced).toEqual([]);
  });

  it('ports of RTSP, of who says them', () => {
    const setup = text('SETUP rtsp://a/b RTSP/1.0\r\nTransport: RTP/AVP;unicast;client_port=8000-8001\r\n\r\n');
    expect(recognised(setup).announced).toEqual([
      { address: CLIENT, port: 8000, protocol: 17, application: 'rtp' },
      { address: CLIENT, port: 8001, protocol: 17, application: 'rtcp' },
    ]);
  });

  it('the port that asked for a file by TFTP, which the server answers from another one', () => {
    const { announced } = recognised(all(hex('0001'), text('a\0octet\0')), { ...UDP, from: 1234, to: 69 });
    expect(announced).toEqual([{ address: CLIENT, port: 1234, protocol: 17, application: 'tftp' }]);
  });

  it('what the mapper of DCE/RPC answers, by interface', () => {
    const { announced, watch } = recognised(mapAnswer(towersOf([tower])), { side: 1, application: 'epmap' });
    expect(announced).toEqual([
      { address: [0, 0, 0xffff, 0xc0000207], port: 49_155, protocol: 6, application: 'active-directory' },
    ]);
    expect(watch).toBe(true);
    expect(recognised(mapAnswer(towersOf([tower.subarray(0, 72)])), { application: 'epmap' }).announced).toEqual([]);
  });

  it.each([4, 8])('all towers of an answer, by their count, where numbers have %d bytes', (bytes) => {
    const pipe = all(tower.subarray(0, 59), hex('0f 0200 6100'), zeros(9));
    const second = Buffer.from(tower);
    second[63] = 4;
    const answer = mapAnswer(towersOf([tower, pipe, second], bytes));
    const { announced } = recognised(answer, { side: 1, application: 'epmap' });
    expect(announced.map(({ port }) => port)).toEqual([49_155, 49_156]);
    for (let length = 0; length < answer.length; length++)
      expect(recognised(answer.subarray(0, length), { application: 'epmap' }).announced.length).toBeLessThan(3);
    const huge = Buffer.from(answer);
    huge.writeUInt32LE(0xffff_ffff, 44);
    expect(recognised(huge, { application: 'epmap' }).announced).toEqual([]);
  });

  it('nothing where the map was asked often, or a tower stands elsewhere than its array says', () => {
    const answer = mapAnswer(towersOf([tower]));
    expect(recognised(answer, { application: 'epmap', turn: 12 })).toMatchObject({ announced: [], watch: false });
    expect(recognised(mapAnswer(all(zeros(20), tower)), { application: 'epmap' }).announced).toEqual([]);
  });

  it('what the port mapper answers, for the program that was asked for', () => {
    const ask = all(
      hex('00000001 00000000 00000002 000186a0 00000002 00000003'),
      zeros(16),
      hex('000186a5'),
      zeros(12),
    );
    expect(recognised(ask, UDP)).toMatchObject({ application: 'portmap', candidate: 'mount', watch: true });
    const answer = (...parts: Buffer[]) => all(hex('00000001 00000001 00000000'), zeros(12), ...parts);
    const around = { ...UDP, application: 'portmap', candidate: 'mount' };
    const expected = [6, 17].map((protocol) => ({ address: CLIENT, port: 635, protocol, application: 'mount' }));
    expect(recognised(answer(u32(635)), around).announced).toEqual(expected);
    expect(recognised(answer(u32(13), text('192.0.2.1.2.123').subarray(0, 15)), around).announced).not.toEqual(
      expected,
    );
    expect(recognised(answer(u32(15), text('192.0.2.1.2.123\0')), around).announced).toEqual(expected);
    // Port 0: the program is not there.
    expect(recognised(answer(u32(0)), around).announced).toEqual([]);
    expect(recognised(answer(u32(635)), { ...UDP, application: 'portmap' }).announced).toEqual([]);
  });
});

describe('log-ins in later payloads', () => {
  it('a server of PostgreSQL that asks for the password as it is, and one that does not', () => {
    const around = { side: 1 as const, application: 'postgresql' };
    expect(recognised(hex('52 00000008 00000003'), around).security).toBe(SECURITY.clearLogin);
    expect(recognised(hex('4e 52 00000008 00000003'), around).security).toBe(SECURITY.clearLogin);
    expect(recognised(hex('52 0000000c 00000005 11223344'), around).security).toBe(SECURITY.unknown);
    expect(recognised(hex('4e'), around).watch).toBe(true);
  });

  it('SASL PLAIN of XMPP outside of TLS', () => {
    const plain = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGEAYg==</auth>";
    expect(recognised(plain, { application: 'xmpp' }).security).toBe(SECURITY.clearLogin);
    expect(recognised('<iq/>', { application: 'xmpp', turn: 11 }).watch).toBe(true);
    expect(recognised('<iq/>', { application: 'xmpp', turn: 12 }).watch).toBe(false);
    expect(recognised('\x16\x03\x01\x01\x00\x01', { application: 'xmpp', turn: 1 }).watch).toBe(false);
    expect(recognised(plain.replace('PLAIN', 'SCRAM-SHA-1'), { application: 'xmpp' }).security).toBe(SECURITY.unknown);
  });

  it('media that agree on keys after STUN are DTLS', () => {
    expect(recognised(hex('16feff0000000000000000'), { ...UDP, application: 'stun' }).application).toBe('dtls');
    expect(recognised(hex('80600001 00000000 11223344'), { ...UDP, application: 'stun' })).toMatchObject({
      application: 'stun',
      watch: true,
    });
  });
});
