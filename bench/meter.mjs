// weir bench meter: softflowd, nfpcapd and Weir on the same captures: flows, packets, bytes, and packets for each CPU second of the process. It fails when totals differ.
// The large capture is made of copies of one that --capture names; the other is of many small flows.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copiesOf, smallFlows } from './measure/made-captures.mjs';
import { childrenCpu, fixed, machine, main, options, root, run, table, tempFolder } from './measure/programs.mjs';

const o = options({
  capture: join(root, '../shared/fixtures/pcapplusplus/large/example.pcap'),
  copies: 700,
  flows: 1_500_000,
  rounds: 1,
  peers: 'softflowd,nfpcapd',
});
if (!existsSync(o.capture)) {
  console.error(`the capture ${o.capture} is not here: --capture names one (pcap, Ethernet, IPv4)`);
  process.exit(1);
}
const folder = tempFolder();
/** Longer than any flow of these captures: each meter has other ideas of how one is cut. nfpcapd takes no more. */
const ACTIVE = 3_600;
const IDLE = 90;
const rows = fileURLToPath(new URL('measure/meter-rows.mjs', import.meta.url));

/** A program run to its end, its output, and the CPU seconds of it and its children. */
async function measured(command, args) {
  const before = childrenCpu();
  const began = performance.now();
  const out = await run(command, args);
  return { out, cpu: childrenCpu() - before, seconds: (performance.now() - began) / 1000 };
}

const numberIn = (text, pattern) => Number(pattern.exec(text)?.[1] ?? Number.NaN);

/** It counts what pads frames as bytes of a flow. */
async function softflowd(file, { padding }) {
  const names = ['general', 'tcp', 'tcp.rst', 'tcp.fin', 'udp', 'icmp'];
  const timeouts = [...names.map((name) => `${name}=${IDLE}`), 'maxlife=604800', 'expint=0'].flatMap((t) => ['-t', t]);
  // Without a control socket, for which it would wait at the end of the file.
  const files = ['-p', join(folder, 'softflowd.pid'), '-c', 'none'];
  // What it counted it says on standard error.
  const { out, cpu, seconds } = await measured('sh', [
    '-c',
    'exec softflowd "$@" 2>&1',
    'sh',
    '-r',
    file,
    '-d',
    '-m',
    '4000000',
    ...files,
    ...timeouts,
  ]);
  const bytes =
    [...out.matchAll(/^ *\S+ \(\d+\): +(\d+) /gm)].reduce((n, [, octets]) => n + Number(octets), 0) - padding;
  const flows = numberIn(out, /^Flows exported: \d+ \((\d+) records\)/m);
  return { name: 'softflowd', flows, packets: numberIn(out, /^Packets processed: (\d+)/m), bytes, cpu, seconds };
}

async function nfpcapd(file) {
  const files = join(folder, `nfpcapd-${Date.now()}`);
  mkdirSync(files);
  const args = ['-r', file, '-w', files, '-t', '86400', '-e', `${ACTIVE},${IDLE}`, '-B', '4194304'];
  const { cpu, seconds } = await measured('sh', ['-c', 'exec nfpcapd "$@" >/dev/null 2>&1', 'sh', ...args]);
  const stored = await run('nfdump', ['-R', files, '-I']);
  const of = (name) => numberIn(stored, new RegExp(`^${name}: (\\d+)`, 'm'));
  return {
    name: 'nfpcapd, flows in files',
    flows: of('Flows'),
    packets: of('Packets'),
    bytes: of('Bytes'),
    cpu,
    seconds,
  };
}

async function weirRows(file) {
  const { out, cpu, seconds } = await measured(process.execPath, [rows, file, String(ACTIVE)]);
  return { name: 'weir, flows in memory', ...JSON.parse(out), cpu, seconds };
}

async function weirImport(file) {
  const data = join(folder, `weir-${Date.now()}`);
  // Flows that a timeout cut are one flow: the import cuts as a node does.
  const { cpu, seconds } = await measured(process.execPath, [main, 'import', file, '--as', 'traffic', '--data', data]);
  const metrics = ['--metrics', 'flows,packets,bytes'];
  const out = await run(process.execPath, [
    main,
    'query',
    '--data',
    data,
    '--from',
    'all',
    ...metrics,
    '--format',
    'json',
  ]);
  return { name: 'weir import, flows in Parquet', ...JSON.parse(out).total, cpu, seconds };
}

const METERS = { softflowd, nfpcapd };
let differ = false;

async function compare(title, file, made) {
  const found = [];
  for (let round = 0; round < o.rounds; round++) {
    for (const peer of o.peers.split(',').filter(Boolean)) found.push(await METERS[peer](file, made));
    found.push(await weirRows(file), await weirImport(file));
  }
  const rate = (r) => r.packets / r.cpu;
  const best = Math.max(...found.filter((r) => !r.name.startsWith('weir')).map(rate));
  table(
    title,
    ['meter', 'flows', 'packets', 'bytes', 'CPU s', 'packets/CPU s', 'x best peer', 'wall s', 'packets/s'],
    found.map((r) => [
      r.name,
      r.flows,
      r.packets,
      r.bytes,
      fixed(r.cpu),
      fixed(rate(r), 0),
      fixed(rate(r) / best),
      fixed(r.seconds),
      fixed(r.packets / r.seconds, 0),
    ]),
  );
  const totals = new Set(found.map((r) => `${r.flows} flows, ${r.packets} packets, ${r.bytes} bytes`));
  if (totals.size === 1) return;
  differ = true;
  console.error(`\n${title}: totals differ: ${[...totals].join('; ')}`);
}

console.log(machine());
const large = join(folder, 'copies.pcap');
await compare(`${o.copies} copies of ${o.capture.split('/').at(-1)}`, large, copiesOf(o.capture, o.copies, large));
const small = join(folder, 'small.pcap');
await compare(`${o.flows} flows of one to three packets`, small, smallFlows(o.flows, small));
process.exit(differ ? 1 : 0);
