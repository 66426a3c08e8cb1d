import { createSocket } from 'node:dgram';
import { encodeNetflow5 } from '../src/wire/index.ts';
import { weir, weirJson } from './node.testing.ts';

/** Records in a datagram. */
export const N = 30;

/** Not connected: a port that closes while we send is no error here. */
export async function openSender(port: number) {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    send: (bytes: Uint8Array) => new Promise<void>((resolve) => socket.send(bytes, port, '127.0.0.1', () => resolve())),
    close: () => socket.close(),
  };
}

/** A datagram whose records carry the numbers from n x N on as their bytes, so that each record can be found again. */
export function numberedDatagram(n: number, bootMs: number, domain = 0, records = N): Uint8Array {
  const now = Date.now();
  const rows = Array.from({ length: records }, (_, i) => ({
    src: 0x0a000000 + n,
    dst: 0xc0a80001,
    packets: 1,
    bytes: n * N + i,
    startMs: now - 1_000,
    endMs: now,
    srcPort: 1_000,
    dstPort: 443,
    protocol: 6,
  }));
  const head = { exportMs: now, bootMs, sequence: n * N, engineType: domain >>> 8, engineId: domain & 255 };
  return encodeNetflow5(rows, head).datagrams[0]!;
}

/** Numbers that are asked for at a time: `weir flows` gives at most a million records. */
const STEP = 500_000;
const LIMIT = 1_000_000;
/** No test sends more. */
const HIGHEST = 20_000_000;

/** How often each number is in the store. */
export async function storedNumbers(data: string, filter = 'any'): Promise<Map<number, number>> {
  const all = ['--data', data, '--from', 'all'];
  const counted = await weirJson<{ total: { records: number } }>('query', filter, ...all, '--metrics', 'records');
  const seen = new Map<number, number>();
  let read = 0;
  for (let from = 0; read < counted.total.records && from < HIGHEST; from += STEP) {
    const piece = `(${filter}) and raw_bytes >= ${from} and raw_bytes < ${from + STEP}`;
    const form = ['--columns', 'raw_bytes', '--limit', String(LIMIT), '--format', 'csv'];
    const { stdout, stderr, code } = await weir('flows', piece, ...all, ...form);
    if (code !== 0) throw new Error(stderr);
    const lines = stdout.trim().split('\n').slice(1);
    if (lines.length === LIMIT)
      throw new Error(`numbers from ${from} on are there more than once: too many to look at`);
    for (const line of lines) {
      const n = Number(line.split(',')[0]);
      seen.set(n, (seen.get(n) ?? 0) + 1);
    }
    read += lines.length;
  }
  return seen;
}
