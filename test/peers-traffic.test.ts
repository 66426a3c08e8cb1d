/** The same captures through softflowd, nfpcapd and Weir's meter: the same flows, each with its key, packets and octets. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { syntheticCapture } from './capture.testing.ts';
import { runProgram } from './exporters/program.testing.ts';
import { fixtures, freeUdpPort, remove, tempFolder, until } from './node.testing.ts';
import { metered } from './traffic-metered.testing.ts';
import { add, type Directions, linesOf } from './traffic-sums.testing.ts';

let folder: string;
beforeEach(() => {
  folder = tempFolder();
});
afterEach(() => remove(folder));

/** The flows in files of nfdump. */
async function nfdumpFlows(files: string): Promise<Directions> {
  const stdout = await runProgram('nfdump', ['-R', files, '-q', '-N', '-6', '-o', 'fmt:%pr %sa %sp %da %dp %pkt %byt']);
  const flows: Directions = new Map();
  for (const line of stdout.trim().split('\n')) {
    const [protocol, src, srcPort, dst, dstPort, packets, bytes] = line.trim().split(/\s+/);
    // nfpcapd writes each packet of DNS by itself; all other flows must be one record.
    const again = protocol === '17' && (srcPort === '53' || dstPort === '53');
    addOnce(flows, `${protocol} ${src} ${srcPort} > ${dst} ${dstPort}`, Number(packets), Number(bytes), again);
  }
  return flows;
}

function addOnce(to: Directions, key: string, packets: number, bytes: number, again = false): void {
  if (to.has(key) && !again) throw new Error(`two records of ${key}`);
  add(to, key, packets, bytes);
}

async function throughNfpcapd(capture: string): Promise<Directions> {
  const files = join(folder, 'nfpcapd');
  mkdirSync(files);
  await runProgram('nfpcapd', ['-r', capture, '-w', files], 60_000);
  return nfdumpFlows(files);
}

/** What waits in the UDP socket of a port to be read (proc(5), /proc/net/udp); null while there is no such socket. */
function waitingOctets(port: number): number | null {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const line of readFileSync('/proc/net/udp', 'utf8').split('\n')) {
    const [, local, , , queues] = line.trim().split(/\s+/);
    if (local?.endsWith(ending)) return Number.parseInt(queues!.split(':')[1]!, 16);
  }
  return null;
}

async function throughSoftflowd(capture: string): Promise<Directions> {
  const files = join(folder, 'softflowd');
  mkdirSync(files);
  const port = await freeUdpPort();
  const arguments_ = ['-p', String(port), '-b', '127.0.0.1', '-w', files, '-t', '3600', '-B', '8000000'];
  const nfcapd = spawn('nfcapd', arguments_, { stdio: 'ignore' });
  const gone = new Promise((resolve) => nfcapd.once('exit', resolve));
  await until(
    async () => waitingOctets(port),
    (octets) => octets !== null,
  );
  const export_ = ['-n', `127.0.0.1:${port}`, '-v', '9', '-c', 'none', '-p', join(folder, 'pid'), '-d'];
  await runProgram('softflowd', ['-r', capture, ...export_], 60_000);
  await until(
    async () => waitingOctets(port),
    (octets) => octets === 0,
  );
  nfcapd.kill('SIGTERM');
  await gone;
  return nfdumpFlows(files);
}

/** With the octets of IP, or all that stands behind the Ethernet header in the frame. */
async function throughWeir(capture: string, octets: 'ip' | 'with padding'): Promise<Directions> {
  const { flows } = await metered(capture, 'inner', {}, (p, originalBytes) => {
    if (octets === 'with padding') p.ipBytes = originalBytes - 14;
    return true;
  });
  const directions: Directions = new Map();
  for (const f of flows) {
    addOnce(directions, `${f.protocol} ${f.src} ${f.srcPort} > ${f.dst} ${f.dstPort}`, f.packets, f.bytes);
  }
  return directions;
}

describe('softflowd, nfpcapd and Weir, each with the timeouts that it has by default', () => {
  async function agree(capture: string): Promise<number> {
    const flows = await throughWeir(capture, 'ip');
    expect(linesOf(await throughNfpcapd(capture))).toEqual(linesOf(flows));
    // softflowd counts the padding of short frames of Ethernet, which is not of the IP packet.
    expect(linesOf(await throughSoftflowd(capture))).toEqual(linesOf(await throughWeir(capture, 'with padding')));
    return flows.size;
  }

  test('over a capture made here: 20,000 packets of 400 flows', async () => {
    const capture = join(folder, 'made.pcap');
    writeFileSync(capture, syntheticCapture(20_000, 400));
    expect(await agree(capture)).toBe(400);
  });

  test.skipIf(fixtures === null)('over a third-party capture (../shared/fixtures): 271 flows', async () => {
    expect(await agree(join(fixtures!, 'pcapplusplus/large/example.pcap'))).toBe(271);
  });
});
