// weir bench ingest: Weir beside nfcapd (raw, lz4) and nfacctd under the same flood of NetFlow v5, v9 or IPFIX, one after the other.
// Columns: records sent and lost, CPU seconds per million records, bytes a flow on disk, peak memory. It asserts nothing.
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import {
  closeSync,
  fdatasyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  cpuSeconds,
  endAndMeasure,
  fixed,
  machine,
  nfgen,
  options,
  peakMemory,
  run,
  sleep,
  startWeir,
  table,
  tempFolder,
} from './measure/programs.mjs';

const o = options({
  rate: 1_000_000,
  seconds: 20,
  peers: 'nfcapd-raw,nfcapd-lz4,nfacctd',
  rounds: 1,
  format: 'netflow5',
});
const VERSIONS = { netflow5: ['5', 'NetFlow v5'], netflow9: ['9', 'NetFlow v9'], ipfix: ['10', 'IPFIX'] };
if (!VERSIONS[o.format]) {
  console.error(`--format is one of ${Object.keys(VERSIONS).join(', ')}`);
  process.exit(2);
}
const [version, protocol] = VERSIONS[o.format];
const folder = tempFolder();
const flood = nfgen(folder);
const records = o.rate * o.seconds;
/** Packets in the flood, as a collector that lost nothing counted them. */
let packetsSent = Number.NaN;

async function freePort() {
  const socket = createSocket('udp4');
  await new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise((resolve) => socket.close(resolve));
  return port;
}

async function send(port, args = ['-n', records, '-r', o.rate]) {
  const out = await run(flood, ['-p', String(port), '-f', version, ...args.map(String)]);
  return Number(/sent_records=(\d+)/.exec(out)[1]);
}

function bytesBelow(path, test = () => true) {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile() && test(e.name))
    .reduce((n, e) => n + statSync(join(e.parentPath, e.name)).size, 0);
}

async function nfcapd(name, flags) {
  const files = join(folder, `${name}-${Date.now()}`);
  mkdirSync(files);
  const port = await freePort();
  const child = spawn(
    'nfcapd',
    ['-p', String(port), '-b', '127.0.0.1', '-w', files, '-t', '3600', '-B', '64000000', ...flags],
    { stdio: 'ignore' },
  );
  await sleep(1_000);
  const before = cpuSeconds(child.pid);
  const sent = await send(port);
  await sleep(1_500);
  const memory = peakMemory(child.pid);
  const cpu = (await endAndMeasure(child)) - before;
  const stored = await run('nfdump', ['-R', files, '-I']);
  const kept = Number(/^Flows: (\d+)/m.exec(stored)[1]);
  if (kept === sent) packetsSent = Number(/^Packets: (\d+)/m.exec(stored)[1]);
  return { name, sent, kept, cpu, bytes: bytesBelow(files) / kept, memory };
}

async function nfacctd() {
  const out = join(folder, 'nfacctd.csv');
  const port = await freePort();
  const config = join(folder, 'nfacctd.conf');
  writeFileSync(
    config,
    [
      `nfacctd_port: ${port}`,
      'nfacctd_ip: 127.0.0.1',
      'plugins: print[a]',
      `print_output_file[a]: ${out}`,
      'print_output[a]: csv',
      'print_refresh_time[a]: 3600',
      'aggregate[a]: src_host, dst_host, src_port, dst_port, proto, tos, tcpflags, in_iface, out_iface, src_as, dst_as, peer_src_ip',
      'print_output_file_append[a]: true',
      'nfacctd_pipe_size: 64000000',
      'plugin_pipe_size: 512000000',
      'plugin_buffer_size: 102400',
      '',
    ].join('\n'),
  );
  const child = spawn('nfacctd', ['-f', config], { stdio: 'ignore' });
  await sleep(2_000);
  // The print plugin is a process of its own.
  const all = () => [
    child.pid,
    ...readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean)
      .map(Number),
  ];
  const pids = all();
  const total = () => pids.reduce((n, pid) => n + (cpuSeconds(pid) ?? 0), 0);
  const before = total();
  const sent = await send(port);
  await sleep(3_000);
  const memory = pids.reduce((n, pid) => n + peakMemory(pid), 0);
  let last = total();
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  for (let running = true; running; ) {
    running = await Promise.race([gone.then(() => false), sleep(10).then(() => true)]);
    last = Math.max(last, total());
  }
  for (let i = 0; i < 600 && pids.some((pid) => cpuSeconds(pid) !== null); i++) {
    last = Math.max(last, total());
    await sleep(100);
  }
  // It sums flows of a key, so its rows are not records: what it kept is told by its packets beside those of the others.
  const kept = Math.round(
    sent *
      (Number(
        await run('awk', [
          '-F,',
          'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "PACKETS") c = i } $c ~ /^[0-9]+$/ { s += $c } END { printf "%.0f", s }',
          out,
        ]),
      ) /
        packetsSent),
  );
  return { name: 'nfacctd print', sent, kept, cpu: last - before, bytes: Number.NaN, memory };
}

async function metric(http, name) {
  const text = await (await fetch(`${http}/metrics`)).text();
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
}

/** CPU seconds of fdatasync alone for `bytes` written at one sync a second: the part of a durable journal that a helper thread of Node does, and that cannot be told from its other work. */
function syncCpu(bytes, seconds) {
  const fd = openSync(join(folder, 'sync'), 'w');
  const piece = Buffer.alloc(Math.round(bytes / seconds), 7);
  let cpu = 0;
  for (let i = 0; i < seconds; i++) {
    writeSync(fd, piece);
    const before = process.cpuUsage();
    fdatasyncSync(fd);
    const used = process.cpuUsage(before);
    cpu += (used.user + used.system) / 1e6;
  }
  closeSync(fd);
  return cpu;
}

async function weir(name, args, { journalOnly }) {
  const data = join(folder, `weir-${Date.now()}`);
  const { child, port, http } = await startWeir(data, args);
  await sleep(1_500);
  const before = cpuSeconds(child.pid);
  const receiveBefore = await metric(http, 'weir_ingest_cpu_seconds_total');
  let lag = 0;
  const watch = setInterval(
    () =>
      void metric(http, 'weir_store_lag_seconds').then(
        (s) => {
          lag = Math.max(lag, s);
        },
        () => {},
      ),
    1_000,
  );
  const sent = await send(port);
  await sleep(1_500);
  clearInterval(watch);
  const kept = await metric(http, 'weir_ingest_records_total');
  const dropped = await metric(http, 'weir_ingest_kernel_drops_total');
  const journalBytes = await metric(http, 'weir_journal_bytes_total');
  const receive = (await metric(http, 'weir_ingest_cpu_seconds_total')) - receiveBefore;
  const memory = peakMemory(child.pid);
  // Where only the journal is measured, what would be written to segments at the end is not.
  const cpu = (await endAndMeasure(child, journalOnly ? 'SIGKILL' : 'SIGTERM')) - before;
  const bytes = journalOnly ? journalBytes : bytesBelow(join(data, 'segments'));
  return { name, sent, kept, cpu, bytes: bytes / kept, memory, lag, receive, dropped, journalBytes };
}

/** 10,000 datagrams as fast as the sender can, once a second: what a router's cache does when it is flushed. */
async function bursts() {
  const data = join(folder, 'bursts');
  const { child, port, http } = await startWeir(data);
  await sleep(1_000);
  let sent = 0;
  const rounds = 10;
  for (let i = 0; i < rounds; i++) {
    const began = Date.now();
    sent += await send(port, ['-n', 300_000, '-r', 0, '-s', i + 1, '-P', 2_000]);
    await sleep(Math.max(0, 1_000 - (Date.now() - began)));
  }
  await sleep(500);
  const result = {
    sent,
    kept: await metric(http, 'weir_ingest_records_total'),
    drops: await metric(http, 'weir_ingest_kernel_drops_total'),
    buffer: await metric(http, 'weir_ingest_buffer_limit_bytes'),
  };
  await endAndMeasure(child);
  return result;
}

console.log(machine());
const rows = [];
for (let round = 0; round < o.rounds; round++) {
  for (const peer of o.peers.split(',').filter(Boolean)) {
    if (peer === 'nfcapd-raw') rows.push(await nfcapd('nfcapd raw', []));
    if (peer === 'nfcapd-lz4') rows.push(await nfcapd('nfcapd lz4', ['-y']));
    if (peer === 'nfacctd') rows.push(await nfacctd());
  }
  const all = await weir('weir, everything, in Parquet', [], { journalOnly: false });
  const sync = syncCpu(all.journalBytes, o.seconds);
  rows.push({
    ...all,
    name: 'weir, its part from socket to durable journal',
    cpu: all.receive + sync,
    bytes: all.journalBytes / all.kept,
    memory: Number.NaN,
    note: `receive thread ${fixed(all.receive, 2)} CPU s (receives, decodes, judges, journals), fdatasync ${fixed(sync, 2)} CPU s measured apart on the same disk`,
  });
  rows.push({ ...all, note: `kernel drops ${all.dropped}; Parquet at most ${fixed(all.lag, 1)} s behind the journal` });
  const held = await weir('weir, whole process, no Parquet, all rows held in memory', ['--segment-rows', '100000000'], {
    journalOnly: true,
  });
  rows.push({
    ...held,
    note: `kernel drops ${held.dropped}; ${fixed(held.receive, 2)} CPU s of it in the receive thread, which takes fresh memory for every row here`,
  });
}
const mean = (name, pick) => {
  const found = rows.filter((r) => r.name === name).map(pick);
  return found.length ? found.reduce((a, b) => a + b, 0) / found.length : Number.NaN;
};
const perMillion = (r) => r.cpu / (r.sent / 1e6);
const lz4 = mean('nfcapd lz4', perMillion);
const lz4Bytes = mean('nfcapd lz4', (r) => r.bytes);
table(
  `${protocol}, ${o.rate} records/s for ${o.seconds} s`,
  ['collector', 'sent', 'lost', 'CPU s/M', 'x nfcapd lz4', 'bytes/flow', 'x nfcapd lz4', 'peak MB'],
  rows.map((r) => [
    r.name,
    r.sent,
    Number.isNaN(r.kept) ? '?' : r.sent - r.kept,
    fixed(perMillion(r), 3),
    fixed(perMillion(r) / lz4),
    fixed(r.bytes, 1),
    fixed(r.bytes / lz4Bytes),
    fixed(r.memory, 0),
  ]),
);
for (const r of rows.filter((r) => r.note)) console.log(`\n${r.name}: ${r.note}`);
const b = await bursts();
table(
  '10,000 datagrams flat out once a second, ten times',
  ['collector', 'sent', 'lost', 'kernel drops', 'socket buffer'],
  [['weir', b.sent, b.sent - b.kept, b.drops, b.buffer]],
);
process.exit(0);
