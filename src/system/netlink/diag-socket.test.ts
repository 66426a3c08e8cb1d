import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Kernel } from '../kernel.ts';
import { newDiagSocket, readDiagSocket } from './diag-socket.ts';
import { NetlinkSocket } from './netlink-socket.ts';

/** The client of a connection over ::1 that sent 77 bytes and got 1000, as Linux 6.18 lists it while it waits for FIN, and when it is closed. */
const LISTED = Buffer.from(
  '0a080000c1cc90b5000000000000000000000000000000010000000000000000000000000000000100000000d10a00000000000000000000' +
    '00000000000000000000000048103700050008000100000008000f00000000000c001500010000000000000006001600120000001c010200' +
    '080000000007aa01e01c0300409c000000800000e803000000000000000000000000000000000000000000003c000000000000003c000000' +
    '38000000000001001d1201001c0000000e000000ffffff7f0a000000b8ff00000300000000000000c4ff000000000000b2e549c707000000' +
    'ffffffffffffffff0100000000000000e9030000000000000400000003000000000000001c00000001000000000000000000000000000000' +
    '0000000000000000000000000000000000000000000000000100000000000000000000000000000000000000000000000000000000000000' +
    '0000000000000100001401000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000',
  'hex',
);
const CLOSED = Buffer.from(
  '0a070000c1cc90b5000000000000000000000000000000010000000000000000000000000000000100000000d10a00000000000000000000' +
    '0000000000000000000000000000000005000a00060000001c010200070000000007aa00e01c0300409c000000800000e803000000000000' +
    '0000000000000000000000000000000000000000000000003c00000000000000000001001d1201001a0000000a000000ffffff7f0c000000' +
    'b8ff00000300000000000000c4ff000000000000b2e549c707000000ffffffffffffffff4f00000000000000e90300000000000006000000' +
    '05000000000000000c0000000100000001000000aaaac2a20000000000000000000000000000000000000000000000000000000003000000' +
    '000000004d000000000000000000000000000000000000000000000000000000000001000014010000000000000000000000000000000000' +
    '00000000000000000000000000000000000000000000000000000000',
  'hex',
);

function read(bytes: Uint8Array) {
  const out = newDiagSocket();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return readDiagSocket(view, 0, bytes.length, 6, out) ? out : null;
}

describe('a message of sock_diag', () => {
  it('tells who is connected with whom, and what went', () => {
    const common = {
      protocol: 6,
      localPort: 49612,
      remotePort: 37045,
      uid: 0,
      hasInfo: true,
      retransmits: 0,
    };
    expect(read(LISTED)).toMatchObject({
      ...common,
      cookie: 2769,
      state: 8,
      inode: 3608648,
      cgroup: 1,
      payloadSent: 0,
      payloadReceived: 1_000,
      rttUs: 28,
    });
    expect(read(CLOSED)).toMatchObject({
      ...common,
      cookie: 2769,
      state: 7,
      inode: 0,
      cgroup: 0,
      payloadSent: 77,
      acked: 79,
      payloadReceived: 1_001,
      rttUs: 26,
    });
    expect([...read(CLOSED)!.remote]).toEqual([0, 0, 0, 1]);
  });

  it('of an older kernel has a shorter tcp_info: what went is what was acknowledged, and without its counters nothing is known', () => {
    // Attribute of tcp_info: its length stands where it begins.
    const at = CLOSED.indexOf(Buffer.from('1c010200', 'hex'));
    const older = (bytes: number) => {
      const cut = Buffer.from(CLOSED.subarray(0, at + 4 + bytes));
      cut.writeUInt16LE(4 + bytes, at);
      return read(cut);
    };
    expect(older(192)).toMatchObject({ hasInfo: true, payloadSent: 79, payloadReceived: 1_001 });
    expect(older(104)).toMatchObject({ hasInfo: false, payloadSent: 0, rttUs: 0 });
  });

  it('that is cut anywhere is none, or has what is there, and other bytes do no harm', () => {
    for (let length = 0; length < LISTED.length; length++) {
      const cut = read(LISTED.subarray(0, length));
      if (length < 72) expect(cut).toBeNull();
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.nat(400), (bytes, from) => {
        read(bytes);
        const damaged = Buffer.from(LISTED);
        damaged.set(bytes.subarray(0, Math.max(0, damaged.length - from)), Math.min(from, damaged.length));
        read(damaged);
      }),
    );
  });
});

describe('what a netlink socket receives', () => {
  /** A kernel that gives these datagrams, and then nothing. */
  const kernelOf = (datagrams: Uint8Array[]): Kernel =>
    ({
      recv: (_fd: number, memory: Uint8Array) => {
        const next = datagrams.shift();
        if (next === undefined) return -1;
        memory.set(next);
        return next.length;
      },
      errno: () => 11,
      close: () => 0,
    }) as unknown as Kernel;

  const message = (type: number, payload: Uint8Array): Buffer => {
    const header = Buffer.alloc(16);
    header.writeUInt32LE(16 + payload.length, 0);
    header.writeUInt16LE(type, 4);
    return Buffer.concat([header, payload, Buffer.alloc(-payload.length & 3)]);
  };

  it('is each message of each datagram', () => {
    const socket = new NetlinkSocket(
      kernelOf([Buffer.concat([message(20, LISTED), message(21, Buffer.from('abc'))]), message(20, CLOSED)]),
      3,
    );
    const seen: [number, number][] = [];
    socket.drain((_view, type, from, to) => seen.push([type, to - from]));
    expect(seen).toEqual([
      [20, LISTED.length],
      [21, 3],
      [20, CLOSED.length],
    ]);
    expect(socket.counts.malformed).toBe(0);
  });

  it('never leads a reader past its end, whatever it is', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }), fc.boolean(), (parts, framed) => {
        const datagrams = framed ? parts.map((part) => message(20, part).subarray(0, 20 + part.length / 2)) : parts;
        const lengths = datagrams.map((datagram) => datagram.length);
        const socket = new NetlinkSocket(kernelOf([...datagrams]), 3);
        socket.drain((_view, _type, from, to) => {
          expect(from).toBeLessThanOrEqual(to);
          expect(to).toBeLessThanOrEqual(Math.max(...lengths));
        });
      }),
    );
  });
});
