// weir bench host: what metering of this host's own traffic costs it. iperf3 sends UDP over loopback at a steady rate (each packet is counted twice there:
// where it is sent and where it comes), in turns without and with `weir agent`. Load and agent are in cgroups of their own, whose CPU the kernel counts to the
// microsecond; the kernel's programs run in the time of the load. Then the agent alone, on a host that is as idle as it is. Needs root, cgroup v2, iperf3.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machine, main, options, sleep, table, tempFolder } from './measure/programs.mjs';

const o = options({ rate: 100_000, seconds: 5, pairs: 9, bytes: 200, port: 5299, idle: 60 });
const folder = tempFolder();
// The agent is another user soon.
chmodSync(folder, 0o755);
const mount = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].find((at) => existsSync(join(at, 'cgroup.procs')));
if (!mount || process.getuid() !== 0) {
  console.error('needs root and cgroup v2');
  process.exit(1);
}

const groups = {
  load: join(mount, `weir-bench-load-${process.pid}`),
  agent: join(mount, `weir-bench-agent-${process.pid}`),
};

/** Starts a program in one of the groups; who starts it is moved there first, so that no moment of it is missed. */
function inside(group, command, args, stdio = 'ignore') {
  return spawn('sh', ['-c', 'echo $$ > "$0/cgroup.procs"; exec "$@"', groups[group], command, ...args], { stdio });
}

const cpuSeconds = (group) =>
  Number(/usage_usec (\d+)/.exec(readFileSync(join(groups[group], 'cpu.stat'), 'utf8'))[1]) / 1e6;

async function startAgent(n) {
  const agent = inside(
    'agent',
    process.execPath,
    [main, 'agent', '--user', 'nobody', '--data', join(folder, `data-${n}`), '--log', 'json'],
    ['ignore', 'ignore', 'pipe'],
  );
  let log = '';
  agent.stderr.setEncoding('utf8').on('data', (text) => {
    log += text;
  });
  for (const until = Date.now() + 30_000; !/this host is metered/.test(log); await sleep(100)) {
    if (Date.now() > until || agent.exitCode !== null) throw new Error(`the agent did not begin:\n${log}`);
  }
  // What a start costs is no part of what a packet costs.
  await sleep(4000);
  return agent;
}

async function end(child) {
  child.kill('SIGTERM');
  if (child.exitCode === null) await once(child, 'exit');
}

/** One flow at the rate; percent of a core of the load, and of the agent beside it. */
async function shot() {
  const before = { load: cpuSeconds('load'), agent: cpuSeconds('agent'), at: performance.now() };
  const client = inside(
    'load',
    'iperf3',
    ['-c', '127.0.0.1', '-p', o.port, '-u', '-b', o.rate * o.bytes * 8, '-l', o.bytes, '-t', o.seconds, '-J'].map(
      String,
    ),
    ['ignore', 'pipe', 'inherit'],
  );
  let text = '';
  client.stdout.setEncoding('utf8').on('data', (more) => {
    text += more;
  });
  await once(client, 'close');
  const seconds = (performance.now() - before.at) / 1000;
  const { sum } = JSON.parse(text).end;
  return {
    load: ((cpuSeconds('load') - before.load) / seconds) * 100,
    agent: ((cpuSeconds('agent') - before.agent) / seconds) * 100,
    rate: sum.packets / sum.seconds,
  };
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const spread = (values) =>
  `${median(values).toFixed(1)} (${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)})`;

for (const group of Object.values(groups)) mkdirSync(group);
const server = inside('load', 'iperf3', ['-s', '-p', String(o.port)]);
const without = [];
const withAgent = [];
try {
  await sleep(1000);
  await shot();
  for (let pair = 0; pair < o.pairs; pair++) {
    // In turns which is first: a machine that slows down with time slows both.
    for (const metered of pair % 2 ? [true, false] : [false, true]) {
      const agent = metered ? await startAgent(pair) : null;
      const cost = await shot();
      (metered ? withAgent : without).push(cost);
      console.error(
        `${metered ? 'agent' : 'none '} load ${cost.load.toFixed(1)} % agent ${cost.agent.toFixed(1)} % at ${Math.round(cost.rate)} packets/s`,
      );
      if (agent) await end(agent);
    }
  }
  const idle = await startAgent('idle');
  const before = cpuSeconds('agent');
  await sleep(o.idle * 1000);
  const idlePercent = ((cpuSeconds('agent') - before) / o.idle) * 100;
  await end(idle);
  const kernel = withAgent.map((cost, i) => cost.load - without[i].load);
  const all = withAgent.map((cost, i) => kernel[i] + cost.agent);
  console.log(`${machine()}\n`);
  table(
    `UDP of ${o.bytes} octets at ${o.rate} packets/s over loopback, ${o.pairs} pairs of ${o.seconds} s; percent of one core, middle (least to most)`,
    ['', 'load', 'agent', 'more than without'],
    [
      ['without', spread(without.map((c) => c.load)), '', ''],
      ['weir agent', spread(withAgent.map((c) => c.load)), spread(withAgent.map((c) => c.agent)), spread(all)],
      ['of it in the kernel', '', '', spread(kernel)],
      [`idle, ${o.idle} s`, '', idlePercent.toFixed(2), ''],
    ],
  );
} finally {
  await end(server);
  for (const group of Object.values(groups)) {
    try {
      writeFileSync(join(group, 'cgroup.kill'), '1');
    } catch {}
    await sleep(300);
    rmdirSync(group);
  }
}
