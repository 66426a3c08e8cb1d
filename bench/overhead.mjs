// weir bench overhead: what a meter costs the machine that bridges the traffic. A client floods a server with UDP packets of 28 bytes over a bridge in a third
// namespace; softflowd, fprobe and `weir probe` meter the bridge, one after the other at each rate. CPU of the meter's process, and packets that it did not see.
// As table, and as graph where --svg names a file. Needs root, softflowd, fprobe, nfdump, iproute2 and a C compiler.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { overheadGraph } from './measure/overhead-graph.mjs';
import {
  endAndMeasure,
  fixed,
  machine,
  main,
  options,
  root,
  run,
  sleep,
  table,
  tempFolder,
} from './measure/programs.mjs';

const o = options({ rates: '1,2,5,10,20,50,100,200', seconds: 10, meters: 'softflowd,fprobe,weir', svg: '' });
const folder = tempFolder();
const tag = `wo${process.pid.toString(36)}`;
const [CLIENT, MONITOR, SERVER] = ['c', 'm', 's'].map((end) => `${tag}${end}`);
const CLIENT_ADDRESS = '10.99.0.1';
const SERVER_ADDRESS = '10.99.0.2';
const COLLECTOR_PORT = 9995;
const FLOOD_PORT = 9;
const OTHER_PORT = 10;

const ip = (...args) => execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'inherit'] });
const inside = (namespace, command, args, more = {}) =>
  spawn('ip', ['netns', 'exec', namespace, command, ...args], { stdio: 'ignore', ...more });

/** Client and server on two ports of a bridge. IPv6 is off: its announcements are no part of the flood. */
function layNetwork() {
  for (const namespace of [CLIENT, MONITOR, SERVER]) {
    ip('netns', 'add', namespace);
    ip(
      'netns',
      'exec',
      namespace,
      'sysctl',
      '-qw',
      'net.ipv6.conf.all.disable_ipv6=1',
      'net.ipv6.conf.default.disable_ipv6=1',
    );
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
  }
  ip('-n', MONITOR, 'link', 'add', 'br0', 'type', 'bridge');
  for (const [namespace, port, address] of [
    [CLIENT, 'p1', CLIENT_ADDRESS],
    [SERVER, 'p2', SERVER_ADDRESS],
  ]) {
    ip('-n', MONITOR, 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
    ip('-n', MONITOR, 'link', 'set', port, 'master', 'br0', 'up');
    ip('-n', namespace, 'addr', 'add', `${address}/24`, 'dev', 'eth0');
    ip('-n', namespace, 'link', 'set', 'eth0', 'up');
  }
  ip('-n', MONITOR, 'link', 'set', 'br0', 'up');
}

function takeAway() {
  for (const namespace of [CLIENT, MONITOR, SERVER]) {
    try {
      execFileSync('ip', ['netns', 'del', namespace], { stdio: 'ignore' });
    } catch {
      // It was never there.
    }
  }
}

const COLLECTOR = `127.0.0.1:${COLLECTOR_PORT}`;
/** `ip netns exec` becomes the program: its process id is that of the meter. */
const METERS = {
  softflowd: () =>
    inside(MONITOR, 'softflowd', [
      '-i',
      'br0',
      '-n',
      COLLECTOR,
      '-v',
      '5',
      '-d',
      '-p',
      join(folder, 'softflowd.pid'),
      '-c',
      join(folder, 'softflowd.ctl'),
    ]),
  // It becomes a daemon unless it logs to its terminal. With the queue and buffer that it has by default it misses most packets.
  fprobe: () =>
    inside(MONITOR, 'fprobe', ['-i', 'br0', '-l', '2', '-f', 'ip', '-q', '100000', '-B', '16384', COLLECTOR]),
  weir: () =>
    inside(MONITOR, process.execPath, [
      main,
      'probe',
      '--capture',
      'br0',
      '--to',
      `netflow5://${COLLECTOR}`,
      '--duplicates',
      'counted',
    ]),
};

/** CPU seconds of all threads, in nanoseconds where /proc/PID/stat knows hundredths of seconds: at low rates a meter takes less than one. */
function runSeconds(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  return (
    threads.reduce((n, t) => n + Number(readFileSync(`/proc/${pid}/task/${t}/schedstat`, 'utf8').split(' ')[0]), 0) /
    1e9
  );
}

/** The packets of the flood that the flows of a meter have. */
async function collected(files) {
  const text = await run('nfdump', [
    '-R',
    files,
    '-q',
    '-N',
    '-o',
    'fmt:%pkt',
    `src ip ${CLIENT_ADDRESS} and dst port ${FLOOD_PORT}`,
  ]);
  return text.split('\n').reduce((n, line) => n + (Number(line) || 0), 0);
}

/** A rate of packets through the bridge, beside one meter: its CPU in percent of one processor, and what it did not see. */
async function measure(name, rate) {
  const files = join(folder, `${name}-${rate}`);
  mkdirSync(files);
  const collector = inside(MONITOR, 'nfcapd', [
    '-w',
    files,
    '-p',
    String(COLLECTOR_PORT),
    '-b',
    '127.0.0.1',
    '-t',
    '86400',
  ]);
  const meter = METERS[name]();
  // A process of Node compiles what it has just begun to use.
  await sleep(2_000);
  await flood(100, 1, OTHER_PORT);
  await sleep(500);
  const before = runSeconds(meter.pid);
  const began = performance.now();
  const sent = await flood(rate, o.seconds);
  const seconds = (performance.now() - began) / 1000;
  await sleep(500);
  if (meter.exitCode !== null) throw new Error(`${name} ended with ${meter.exitCode}`);
  const cpu = runSeconds(meter.pid) - before;
  // libpcap gives packets in blocks: others push the last ones of the flood out.
  await flood(10_000, 1, OTHER_PORT);
  await sleep(1_000);
  // softflowd does not always end when it is told to, and gives its flows when it is asked for them.
  if (name === 'softflowd') await run('softflowctl', ['-c', join(folder, 'softflowd.ctl'), 'expire-all']);
  await endAndMeasure(meter, name === 'softflowd' ? 'SIGKILL' : 'SIGTERM');
  await sleep(500);
  await endAndMeasure(collector);
  const seen = await collected(files);
  return { name, rate, sent, actual: sent / o.seconds, percent: (100 * cpu) / seconds, seen };
}

async function flood(rate, seconds, port = FLOOD_PORT) {
  const args = [
    'netns',
    'exec',
    CLIENT,
    join(folder, 'udp-flood'),
    SERVER_ADDRESS,
    String(port),
    String(rate),
    String(seconds),
  ];
  return Number(/sent=(\d+)/.exec(await run('ip', args))[1]);
}

execFileSync('cc', ['-O2', '-o', join(folder, 'udp-flood'), join(root, 'bench/measure/udp-flood.c')]);
process.on('exit', takeAway);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));
layNetwork();
const sink = inside(SERVER, join(folder, 'udp-flood'), [SERVER_ADDRESS, String(FLOOD_PORT)]);
await sleep(1_000);
console.log(machine());
const found = [];
for (const kilo of o.rates.split(',').map(Number))
  for (const name of o.meters.split(',')) found.push(await measure(name, kilo * 1000));
sink.kill('SIGTERM');
table(
  `UDP packets of 28 bytes over a bridge, ${o.seconds} s at each rate: CPU of one processor`,
  ['meter', 'packets/s', 'sent', 'CPU %', 'not seen', '%'],
  found.map((r) => [
    r.name,
    fixed(r.actual, 0),
    r.sent,
    fixed(r.percent, 1),
    r.sent - r.seen,
    fixed((100 * (r.sent - r.seen)) / r.sent, 2),
  ]),
);
if (o.svg !== '') writeFileSync(o.svg, overheadGraph(found, machine()));
process.exit(0);
