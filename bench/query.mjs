// weir bench query: the same flows in Weir and in nfdump's lz4 files; the same questions; wall time, warm, best of N. It asserts nothing but
// that both give the same first row.
import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  endAndMeasure,
  fixed,
  machine,
  nfgen,
  options,
  run,
  sleep,
  startWeir,
  table,
  tempFolder,
} from './measure/programs.mjs';

const o = options({ flows: 10_000_000, rate: 700_000, rounds: 3, keep: '' });
const folder = o.keep || tempFolder();
mkdirSync(folder, { recursive: true });
const files = join(folder, 'nfdump');
const data = join(folder, 'weir');

async function fill() {
  if (existsSync(files)) return;
  mkdirSync(files);
  const flood = nfgen(folder);
  const socket = createSocket('udp4');
  await new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise((resolve) => socket.close(resolve));
  const nfcapd = spawn(
    'nfcapd',
    ['-p', String(port), '-b', '127.0.0.1', '-w', files, '-t', '3600', '-B', '64000000', '-y'],
    { stdio: 'ignore' },
  );
  await sleep(1_000);
  await run(flood, ['-p', String(port), '-n', String(o.flows), '-r', String(o.rate)]);
  await sleep(1_500);
  await endAndMeasure(nfcapd);
  const weir = await startWeir(data);
  await run(flood, ['-p', String(weir.port), '-n', String(o.flows), '-r', String(o.rate)]);
  await sleep(1_500);
  await endAndMeasure(weir.child);
}

/** The questions, as each of the two is asked. nfdump has no time series: its nearest is the sum over all flows, and it is given that. */
const QUESTIONS = [
  {
    name: 'top sources by bytes',
    nfdump: ['-s', 'srcip/bytes', '-n', '20'],
    weir: { by: ['src_addr'], metrics: ['bytes', 'packets', 'flows'], limit: 20 },
  },
  {
    name: 'top pairs by bytes',
    nfdump: ['-s', 'record/bytes', '-A', 'srcip,dstip', '-n', '20'],
    weir: { by: ['src_addr', 'dst_addr'], metrics: ['bytes', 'packets', 'flows'], limit: 20 },
  },
  {
    name: 'top destinations of tcp 443',
    nfdump: ['-s', 'dstip/bytes', '-n', '20', 'proto tcp and dst port 443'],
    weir: { by: ['dst_addr'], filter: 'proto tcp and dst port 443', metrics: ['bytes', 'packets', 'flows'], limit: 20 },
  },
  {
    name: 'time series by protocol',
    nfdump: ['-s', 'proto/bytes', '-n', '20'],
    weir: { by: ['protocol'], every: 10_000, metrics: ['bytes', 'packets', 'flows'] },
  },
];

const seconds = async (work) => {
  const began = performance.now();
  const answer = await work();
  return { seconds: (performance.now() - began) / 1000, answer };
};
const best = async (work) => {
  let found = { seconds: Number.POSITIVE_INFINITY };
  for (let i = 0; i < o.rounds; i++) {
    const next = await seconds(work);
    if (next.seconds < found.seconds) found = next;
  }
  return found;
};

await fill();
console.log(machine());
const weir = await startWeir(data, ['--query-timeout', '600s']);
const ask = async (query) => {
  const response = await fetch(`${weir.http}/api/v1/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ from: 0, ...query }),
  });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
};
const total = (await ask({ by: [], metrics: ['flows', 'bytes'] })).total;
const nfdumpTotal = execFileSync('nfdump', ['-R', files, '-I']).toString();
console.log(
  `weir ${total.flows} flows, ${total.bytes} bytes; nfdump ${/^Flows: (\d+)/m.exec(nfdumpTotal)[1]} flows, ${/^Bytes: (\d+)/m.exec(nfdumpTotal)[1]} bytes`,
);
const rows = [];
const ratios = [];
for (const q of QUESTIONS) {
  const theirs = await best(() => run('nfdump', ['-R', files, ...q.nfdump, '-o', 'csv', '-N']));
  const ours = await best(() => ask(q.weir));
  const ratio = theirs.seconds / ours.seconds;
  ratios.push(ratio);
  rows.push([q.name, fixed(theirs.seconds, 3), fixed(ours.seconds, 3), fixed(ratio)]);
}
const mean = Math.exp(ratios.reduce((n, r) => n + Math.log(r), 0) / ratios.length);
rows.push(['geometric mean', '', '', fixed(mean)]);
table(`${o.flows} flows, warm, best of ${o.rounds}`, ['question', 'nfdump lz4 s', 'weir s', 'times faster'], rows);
await endAndMeasure(weir.child);
process.exit(0);
