import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../base/index.ts';
import { formatAddress } from '../../flow/index.ts';
import { answering, connected, LiveMeter } from '../live-meter.testing.ts';
import { ProcBackend, startProc } from './proc-backend.ts';
import { BEGAN } from './socket-sweep.ts';

const open: (() => unknown)[] = [];
afterEach(() => {
  for (const close of open.splice(0).reverse()) close();
});

interface Row {
  local: string;
  remote: string;
  protocol: number;
  began: number;
  pid: number;
  uid: number;
  source: string;
}

/** Its sockets; two sweeps, for the second one knows what listens and whose all are. */
function rowsOf(backend: ProcBackend): Row[] {
  let rows: Row[] = [];
  for (let i = 0; i < 2; i++) {
    rows = [];
    backend.sweep((part) => {
      const end = (words: Uint32Array, port: Uint16Array, slot: number) =>
        `${formatAddress([...words.subarray(4 * slot, 4 * slot + 4)] as [number, number, number, number])} ${port[slot]}`;
      for (let slot = 0; slot < part.count; slot++) {
        const owner = backend.owner(part.cookie[slot]!);
        rows.push({
          local: end(part.local, part.localPort, slot),
          remote: end(part.remote, part.remotePort, slot),
          protocol: part.protocol[slot]!,
          began: part.began[slot]!,
          pid: owner?.pid ?? 0,
          uid: part.uid[slot]!,
          source: owner?.source ?? 'none',
        });
      }
    });
  }
  return rows;
}

/** A procfs of ours with one network namespace and one process. */
function procWith(tables: Record<string, string>): string {
  const proc = mkdtempSync(join(tmpdir(), 'weir-proc-'));
  open.push(() => rmSync(proc, { recursive: true }));
  mkdirSync(join(proc, 'self/net'), { recursive: true });
  for (const [name, text] of Object.entries(tables)) writeFileSync(join(proc, 'self/net', name), text);
  mkdirSync(join(proc, '77/fd'), { recursive: true });
  symlinkSync('socket:[4711]', join(proc, '77/fd/3'));
  return proc;
}

// Lines of a Debian 12 machine: a listener, a connection of IPv4, one that has no process any more, and one of IPv6.
const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4710 1 0000000000000000 100 0 0 10 0
   1: 0200000A:8A3C 2265B85D:01BB 01 00000000:00000000 02:000000A7 00000000  1000        0 4711 2 0000000000000000 20 4 30 10 -1
   2: 0200000A:8A3E 2265B85D:01BB 06 00000000:00000000 03:00001770 00000000     0        0 0 3 0000000000000000
`;
const TCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 000080FE00000000FF005450B6AD1DFE:1F90 B80D0120000000000000000001000000:C350 01 00000000:00000000 00:00000000 00000000    33        0 4712 1 0000000000000000 20 4 0 10 -1
`;
const DEV = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 900 9 0 0 0 0 0 0 900 9 0 0 0 0 0 0
  eth0: 1000 10 0 0 0 0 0 0 500 5 0 0 0 0 0 0
`;

// Of an interface of this name that this machine has, and that is of Ethernet, 14 bytes of each frame are no part of its packet.
const isEthernet =
  existsSync('/sys/class/net/eth0/type') && readFileSync('/sys/class/net/eth0/type', 'utf8').trim() === '1';
const bytes = isEthernet ? 900 - 7 * 14 : 900;

describe('the backend of files alone', () => {
  it('tells which connections there are, who began them and whose they are', () => {
    const backend = new ProcBackend(procWith({ tcp: TCP, tcp6: TCP6 }));
    expect(rowsOf(backend)).toEqual([
      {
        local: '10.0.0.2 35388',
        remote: '93.184.101.34 443',
        protocol: 6,
        began: BEGAN.here,
        pid: 77,
        uid: 1000,
        source: 'proc',
      },
      {
        local: 'fe80::5054:ff:fe1d:adb6 8080',
        remote: '2001:db8::1 50000',
        protocol: 6,
        began: BEGAN.there,
        pid: 0,
        uid: 33,
        source: 'none',
      },
    ]);
  });

  it('has a flow for what interfaces carry since it began, loopback left out', () => {
    const proc = procWith({ dev: DEV });
    const live = new LiveMeter(new ProcBackend(proc));
    writeFileSync(join(proc, 'self/net/dev'), DEV.replace('1000 10', '1900 17').replaceAll('900 9 ', '990 99 '));
    live.sweep();
    live.meter.end(Date.now());
    expect(live.records).toMatchObject([
      {
        raw_bytes: bytes,
        raw_packets: 7,
        byte_layer: 'ip',
        flow_direction: 'ingress',
        owner_source: 'interface',
        protocol: 0,
      },
    ]);
  });

  it('has one record of a connection, without bytes, from who began it, and tells it again while it lasts', () => {
    const clock = new ManualClock(1_000_000);
    const proc = procWith({ tcp: TCP, dev: DEV });
    const live = new LiveMeter(new ProcBackend(proc, clock), 60_000);
    for (let second = 0; second < 130; second++) {
      live.meter.turn(clock.now(), 1_000);
      clock.advance(1_000);
    }
    writeFileSync(join(proc, 'self/net/tcp'), '');
    for (let second = 0; second < 10; second++) {
      live.meter.turn(clock.now(), 1_000);
      clock.advance(1_000);
    }
    expect(live.records.map((r) => [r.start, r.end, r.continued, r.end_reason])).toEqual([
      [1_000_000, 1_060_000, 'no', 'active'],
      [1_060_000, 1_120_000, 'yes', 'active'],
      [1_120_000, 1_129_000, 'yes', 'end'],
    ]);
    for (const record of live.records)
      expect(record).toMatchObject({
        src_port: 35_388,
        dst_port: 443,
        raw_bytes: 0,
        raw_packets: 0,
        pid: 77,
        owner_source: 'proc',
        outcome: 'established',
      });
  });

  it('does not start where nothing can be read', () => {
    expect(() => startProc('/nowhere')).toThrow('/nowhere/self/net cannot be read');
  });

  it('knows a connection of this machine by its process', async () => {
    const { server, port } = await answering(1);
    const socket = await connected(port);
    open.push(
      () => server.close(),
      () => socket.destroy(),
    );
    const mine = rowsOf(new ProcBackend()).filter((r) => `${r.local}>${r.remote}`.includes(` ${port}`));
    expect(mine.map(({ began, pid, source }) => ({ began, pid, source }))).toEqual(
      expect.arrayContaining([
        { began: BEGAN.here, pid: process.pid, source: 'proc' },
        { began: BEGAN.there, pid: process.pid, source: 'proc' },
      ]),
    );
  });
});
