import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rounds } from '../src/base/rounds.testing.ts';
import { filterToPredicate, parseFilter } from '../src/filter/index.ts';
import { columns, FlowBatch, parseAddress, setWide } from '../src/flow/index.ts';

/**
 * nfdump judges our filters: the same NetFlow v5 datagrams go to nfcapd and into a batch, and each filter must select the
 * same flows from both. What nfdump 1.7.1 does otherwise than the language is in docs/reference/filter.md.
 */

const FLOWS = 600;
const PER_DATAGRAM = 24;
const FILTERS = rounds(2_500, 10_000);
const SHELLS = 2;
const seed = Date.now() % 1_000_000_000;

interface Flow {
  src: string;
  dst: string;
  nextHop: string;
  inIf: number;
  outIf: number;
  packets: number;
  bytes: number;
  /** End in ms before the export. Unique: what names the flow in nfdump's output. */
  age: number;
  duration: number;
  srcPort: number;
  dstPort: number;
  flags: number;
  protocol: number;
  tos: number;
  srcAs: number;
  dstAs: number;
}

const HOSTS = [
  '10.0.0.1',
  '10.0.0.2',
  '10.0.0.5',
  '10.0.255.255',
  '10.1.0.0',
  '10.200.0.1',
  '11.0.0.0',
  '172.16.0.1',
  '192.168.0.1',
  '192.168.1.255',
  '8.8.8.8',
  '0.0.0.0',
  '255.255.255.255',
];
const NEXT_HOPS = ['10.0.255.254', '0.0.0.0', '192.168.0.254'];
const ENGINE = { type: 3, id: 9 };
const UPTIME = 864_000_000;
const pick = <T>(...items: T[]) => fc.constantFrom(...(items as [T, ...T[]]));

const flow = (age: number): fc.Arbitrary<Flow> => {
  const record = fc.record({
    src: pick(...HOSTS),
    dst: pick(...HOSTS),
    nextHop: pick(...NEXT_HOPS),
    inIf: pick(0, 1, 3, 500, 65_535),
    outIf: pick(0, 1, 3, 7, 65_535),
    packets: pick(0, 1, 2, 3, 10, 999, 1000, 100_000, 4_294_967_295),
    bytes: pick(0, 39, 40, 64, 1000, 1024, 1500, 1_000_000, 1_500_000, 4_294_967_295),
    age: fc.constant(age),
    duration: pick(0, 0, 1, 7, 333, 999, 1000, 1001, 12_345, 3_600_000),
    srcPort: pick(0, 3, 22, 53, 80, 443, 1024, 50_000, 65_535),
    dstPort: pick(0, 3, 22, 53, 80, 443, 0x0301, 0x0800, 0x0803, 1024, 65_535),
    flags: pick(0, 1, 2, 4, 16, 17, 18, 24, 27, 32, 63, 0x52, 0xc2, 255),
    protocol: pick(6, 6, 6, 6, 17, 17, 1, 1, 58, 47, 0, 255),
    tos: pick(0, 0, 32, 184, 255),
    srcAs: pick(0, 1, 15_169, 64_500, 65_535),
    dstAs: pick(0, 1, 3320, 64_500, 65_535),
  });
  // Exporters put ICMP type and code in the destination port; where the source port is not 0, nfcapd reads that one instead.
  return record.map((f) => (f.protocol === 1 || f.protocol === 58 ? { ...f, srcPort: 0 } : f));
};

const flows = Array.from({ length: FLOWS }, (_, i) => fc.sample(flow(i + 1), { numRuns: 1, seed: seed + i })[0]!);

function ipv4(text: string): number {
  return parseAddress(text)![3];
}

/** One datagram (Cisco's NetFlow v5: header of 24 octets, records of 48). */
function datagram(records: readonly Flow[], sequence: number, seconds: number): Buffer {
  const out = Buffer.alloc(24 + 48 * records.length);
  const view = new DataView(out.buffer, out.byteOffset);
  view.setUint16(0, 5);
  view.setUint16(2, records.length);
  view.setUint32(4, UPTIME);
  view.setUint32(8, seconds);
  view.setUint32(16, sequence);
  view.setUint8(20, ENGINE.type);
  view.setUint8(21, ENGINE.id);
  for (const [i, f] of records.entries()) {
    const at = 24 + 48 * i;
    for (const [j, word] of [ipv4(f.src), ipv4(f.dst), ipv4(f.nextHop)].entries()) view.setUint32(at + 4 * j, word);
    view.setUint16(at + 12, f.inIf);
    view.setUint16(at + 14, f.outIf);
    for (const [j, word] of [f.packets, f.bytes, UPTIME - f.age - f.duration, UPTIME - f.age].entries())
      view.setUint32(at + 16 + 4 * j, word);
    for (const [j, word] of [f.srcPort, f.dstPort].entries()) view.setUint16(at + 32 + 2 * j, word);
    for (const [j, octet] of [0, f.flags, f.protocol, f.tos].entries()) view.setUint8(at + 36 + j, octet);
    view.setUint16(at + 40, f.srcAs);
    view.setUint16(at + 42, f.dstAs);
  }
  return out;
}

/**
 * The same flows as our decoder leaves them, but for the destination port of ICMP flows: it stays what nfcapd keeps there (our
 * decoder has 0), because the filter is judged here and not the decoding.
 */
function batchOf(records: readonly Flow[]): FlowBatch {
  const batch = new FlowBatch(
    records.length,
    columns.map((c) => c.name),
  );
  batch.rows = records.length;
  const now = 1_767_225_600_000;
  for (const [row, f] of records.entries()) {
    const icmp = f.protocol === 1 || f.protocol === 58;
    for (const [stem, text] of [
      ['src', f.src],
      ['dst', f.dst],
      ['next_hop', f.nextHop],
      ['exporter', '127.0.0.1'],
    ] as const) {
      batch.u32(`${stem}_lo`).set([ipv4(text), 0xffff], 2 * row);
    }
    for (const [name, value] of [
      ['end', now - f.age],
      ['start', now - f.age - f.duration],
      ['raw_bytes', f.bytes],
      ['raw_packets', f.packets],
    ] as const) {
      setWide(batch.u32(name), row, value);
    }
    const narrow = {
      ...{
        src_port: f.srcPort,
        dst_port: f.dstPort,
        protocol: f.protocol,
        tcp_flags: f.flags,
        tos: f.tos,
        sampling: 1,
      },
      ...{ in_if: f.inIf, out_if: f.outIf, src_as: f.srcAs, dst_as: f.dstAs, domain: ENGINE.type * 256 + ENGINE.id },
      ...{ icmp_type: icmp ? f.dstPort >> 8 : 255, icmp_code: icmp ? f.dstPort & 255 : 255 },
    };
    for (const [name, value] of Object.entries(narrow)) batch.array(name)![row] = value;
  }
  return batch;
}

const join2 = (...parts: fc.Arbitrary<string>[]) =>
  fc.tuple(...parts).map((words) => words.filter((w) => w !== '').join(' '));
const direction = pick('', '', 'src', 'dst', 'src or dst', 'dst or src', 'src and dst', 'dst and src');
const compared = pick('', '', '=', '==', 'eq', '<', 'lt', '>', 'gt', '<=', 'le', '>=', 'ge');
const words = (...items: (string | number)[]) => pick(...items.map(String));
const list = (items: fc.Arbitrary<string>, gaps: fc.Arbitrary<string>) =>
  fc.tuple(fc.uniqueArray(items, { minLength: 1, maxLength: 5 }), gaps).map(([a, gap]) => `in [${a.join(gap)}]`);
const ports = fc.oneof(words(0, 3, 22, 53, 80, 443, 0x0800, 65_535, 1024, '0x50', '1k'), fc.nat(FLOWS).map(String));
const systems = words(0, 1, 3320, 15_169, 64_500, 65_535, 64_501);
const amounts = words(
  0,
  1,
  2,
  3,
  9,
  10,
  39,
  40,
  64,
  999,
  1000,
  1024,
  '1k',
  '1500',
  '1K',
  '12k',
  '1m',
  '2M',
  '4294967295',
  '5G',
  '1t',
  '0x400',
);
const letters = fc
  .uniqueArray(pick('F', 'S', 'R', 'P', 'A', 'U'), { minLength: 1, maxLength: 4 })
  .map((l) => l.join(''));
// Items that do not overlap: of overlapping ones nfdump keeps the first only.
const nets = words(
  '10.0.0.0/24',
  '10.0.255.255',
  '10.1.0.0/16',
  '10.200.0.0/13',
  '172.16.0.0/12',
  '192.168.0.0/23',
  '8.8.8.8',
  '0.0.0.0/32',
  '255.255.255.255',
);

function primitive(): fc.Arbitrary<string> {
  return fc.oneof(
    words('any', 'ipv4', 'inet', 'ipv6', 'inet6'),
    join2(words('proto'), words('tcp', 'udp', 'icmp', 'icmp6', 'gre', 'TCP', 6, 17, 1, 58, 47, 0, 255, 99)),
    join2(direction, words('ip', 'host'), words(...HOSTS, '10.0.0.3')),
    join2(direction, words('ip', 'host'), list(nets, pick(' ', '  '))),
    join2(direction, words('ip'), list(words(...HOSTS), pick(', ', ',', ' '))),
    join2(
      direction,
      words('net'),
      words(
        '10.0.0.0/8',
        '10.0/16',
        '10.0.0.0/30',
        '172.16/12',
        '192.168.1.0/24',
        '8.8.8.8/32',
        '0.0.0.0/1',
        '10.1.2.3/16',
      ),
    ),
    join2(
      direction,
      words('net'),
      words('10.0.0.0 255.0.0.0', '10.0.0.0 255.255.0.255', '192.168.0.0 255.255.254.0', '0.0.0.1 0.0.0.1'),
    ),
    join2(direction, words('port'), compared, ports),
    join2(direction, words('port'), list(ports, pick(' ', ', ', ','))),
    join2(direction, words('as'), compared, systems),
    join2(direction, words('as'), list(systems, pick(' ', ', '))),
    join2(words('', 'in', 'out'), words('if'), words(0, 1, 3, 7, 500, 65_535)),
    join2(words('flags'), fc.oneof(letters, words('X', 'A', 'S'))),
    join2(words('flags'), compared, words(0, 2, 16, 18, 24, 27, 63)),
    join2(words('icmp-type', 'icmp-code'), words(0, 1, 3, 8, 255)),
    join2(words('next ip'), words(...NEXT_HOPS, '10.0.0.1')),
    join2(words('next ip'), list(words(...NEXT_HOPS, '10.0.0.1'), pick(' '))),
    join2(words('router ip'), words('127.0.0.1', '10.0.0.1')),
    join2(words('engine-type', 'engine-id'), compared, words(0, 3, 9, 255)),
    join2(words('tos', 'src tos'), compared, words(0, 32, 184, '0xb8', 255)),
    join2(words('packets', 'bytes', 'in packets', 'in bytes'), compared, amounts),
    join2(words('pps', 'bps', 'bpp', 'duration'), compared, amounts),
    join2(words('pps', 'bps', 'bpp'), compared, words(333, 3003, 12_012, 8000, 1001, 429_496)),
    join2(words('flows'), compared, words(0, 1, 2)),
  );
}

/** Any structure, also without parentheses, so that precedence is judged as well. */
const filters = fc.letrec<{ expr: string; leaf: string }>((tie) => ({
  leaf: fc
    .tuple(primitive(), fc.nat(9))
    .map(([text, n]) => (n === 0 && !text.includes('flags') ? text.toUpperCase().replace(/0X/g, '0x') : text)),
  expr: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'filter' },
    tie('leaf'),
    fc.tuple(tie('expr'), pick('and', 'or', '&&', '||', 'AND', 'OR'), tie('expr')).map((p) => p.join(' ')),
    fc.tuple(tie('leaf'), pick('and', 'or'), tie('leaf'), pick('and', 'or'), tie('leaf')).map((p) => p.join(' ')),
    tie('expr').map((e) => `(${e})`),
    tie('expr').map((e) => `not ${e}`),
    tie('expr').map((e) => `not (${e})`),
    tie('leaf').map((e) => `! ${e}`),
  ),
})).expr;

let directory: string;
let flowFile: string;
let geoFile: string;
let collector: ChildProcess | undefined;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weir-nfdump-'));
  flowFile = await collect('flows', flows);
  // nfdump 1.7.1 refuses AS filters without a file of AS names; one without names changes nothing.
  geoFile = await collect('nothing', []);
}, 90_000);

afterAll(async () => {
  collector?.kill('SIGTERM');
  if (directory) await rm(directory, { recursive: true, force: true });
});

/** Runs nfcapd on a free port of the loopback until it has taken these flows; the path of its file. */
async function collect(name: string, records: readonly Flow[]): Promise<string> {
  const into = await mkdtemp(join(directory, name));
  const socket = createSocket('udp4');
  await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done));
  const { port } = socket.address();
  await new Promise<void>((done) => socket.close(() => done()));
  const child = spawn('nfcapd', ['-b', '127.0.0.1', '-p', String(port), '-w', into, '-t', '3600'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  collector = child;
  await started(child);
  const sender = createSocket('udp4');
  const seconds = Math.floor(Date.now() / 1000);
  for (let i = 0; i < records.length; i += PER_DATAGRAM) {
    const bytes = datagram(records.slice(i, i + PER_DATAGRAM), i, seconds);
    await new Promise<void>((done, fail) =>
      sender.send(bytes, port, '127.0.0.1', (error) => (error ? fail(error) : done())),
    );
  }
  sender.close();
  await new Promise((done) => setTimeout(done, 500));
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await ended;
  collector = undefined;
  const file = (await readdir(into)).find((f) => /^nfcapd\.\d+$/.test(f));
  if (!file) throw new Error(`nfcapd left no file in ${into}`);
  return join(into, file);
}

function started(child: ChildProcess): Promise<void> {
  return new Promise((done, fail) => {
    let said = '';
    const hear = (chunk: Buffer) => {
      said += chunk;
      if (said.includes('Startup')) done();
    };
    child.stdout!.on('data', hear);
    child.stderr!.on('data', hear);
    child.once('error', (error) =>
      fail(new Error('nfdump is not installed: its nfcapd and nfdump judge our filters', { cause: error })),
    );
    child.once('exit', () => fail(new Error(`nfcapd ended at once: ${said}`)));
  });
}

const LOOP = `while IFS= read -r filter; do nfdump -q -G "$2" -r "$1" -o fmt:%te "$filter" 2>&1; echo "= $?"; done < "$3"`;

/** nfdump's answer for each filter: the ages of the flows that it selects, or what it complains of. */
async function ask(texts: readonly string[], name: string): Promise<(Set<number> | string)[]> {
  const file = join(directory, name);
  await writeFile(file, `${texts.join('\n')}\n`);
  const output = await new Promise<string>((done, fail) => {
    const options = { maxBuffer: 1 << 30 };
    execFile('sh', ['-c', LOOP, 'sh', flowFile, geoFile, file], options, (error, stdout) =>
      error ? fail(error) : done(stdout),
    );
  });
  // Each answer is followed by its line `= code`, which splitting puts at the odd places.
  const pieces = output.split(/^= (\d+)\n/m);
  return texts.map((_, i) => readAnswer(pieces[2 * i] ?? '', pieces[2 * i + 1] ?? ''));
}

/** Times of end such as `2026-11-21 21:13:24.999`: all ages are below a second, so that the milliseconds tell the flow. */
function readAnswer(output: string, code: string): Set<number> | string {
  const lines = output.split('\n').filter((l) => l !== '' && l !== 'No matching flows');
  const bad = lines.find((l) => !/^\d{4}-\d\d-\d\d [\d:]{8}\.\d{3}\s*$/.test(l));
  if (bad !== undefined || code !== '0') return `${bad ?? output} (exit code ${code})`;
  return new Set(lines.map((l) => 1000 - Number(l.trimEnd().slice(-3))));
}

test('nfdump has all flows', async () => {
  const [all] = await ask(['any'], 'all');
  expect(all).toEqual(new Set(flows.map((f) => f.age)));
});

test(`nfdump selects the same flows, for ${FILTERS} random filters (seed ${seed})`, { timeout: 360_000 }, async () => {
  const texts = fc.sample(filters, { numRuns: FILTERS, seed });
  const shards = Array.from({ length: SHELLS }, (_, shard) => texts.filter((_, i) => i % SHELLS === shard));
  const answers = await Promise.all(shards.map((shard, i) => ask(shard, `filters${i}`)));
  const batch = batchOf(flows);
  let judged = 0;
  let telling = 0;
  for (const [shard, own] of shards.entries()) {
    for (const [i, text] of own.entries()) {
      const theirs = answers[shard]![i];
      if (!(theirs instanceof Set)) throw new Error(`nfdump refuses ${text}: ${theirs}`);
      const holds = filterToPredicate(parseFilter(text))(batch);
      const mine = new Set<number>();
      for (let row = 0; row < batch.rows; row++) if (holds(row)) mine.add(flows[row]!.age);
      expect(mine, text).toEqual(theirs);
      judged += 1;
      if (mine.size > 0 && mine.size < FLOWS) telling += 1;
    }
  }
  expect(judged).toBe(FILTERS);
  expect(telling / judged).toBeGreaterThan(0.6);
});
