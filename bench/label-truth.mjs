/**
 * What names are worth, by the processes that speak: `weir bench label-truth [--rounds N] [--only PROGRAM,...] [--json] [--wrong]` after a build, as root. Two network namespaces have a wire between
 * them; servers run in one, each at the port of its protocol and then at another, and clients in the other. A node meters this host's processes (eBPF): they are
 * the truth. A node beside the servers captures the wire: names by payload. softflowd meters what tcpdump saw there and sends NetFlow v9 to a third node: names by port. All see the same
 * conversations, which are joined by both ends. Prints a table of right, wrong and no name, and asserts none.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { conversations, storedRecords } from './measure/label-flows.mjs';
import { machine, main, sleep, table, tempFolder } from './measure/programs.mjs';
import { grade, truths } from './measure/truth-grade.mjs';
import { SERVERS, SPOKEN } from './measure/truth-servers.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
    wrong: { type: 'boolean', default: false },
  },
});
const execute = promisify(execFile);
const SERVER = '10.79.0.2';
const CLIENT = '10.79.0.1';
const NETFLOW = '127.0.0.1:2055';
const clients = `weir-truth-a-${process.pid}`;
const servers = `weir-truth-b-${process.pid}`;

if (process.getuid() !== 0) {
  process.stderr.write('takes root: network namespaces, captures and eBPF\n');
  process.exit(1);
}
const has = (program) => {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
for (const program of ['softflowd', 'tcpdump', 'ss'])
  if (!has(program)) {
    process.stderr.write(`takes ${program}\n`);
    process.exit(1);
  }

const folder = tempFolder();
// Some servers become another user.
execFileSync('chmod', ['755', folder]);
const started = [];

/** Starts a program in a namespace (null: in that of this process), in a process group of its own. */
function start(namespace, command, args, environment = {}) {
  const where = namespace === null ? [] : ['ip', 'netns', 'exec', namespace];
  const [program, ...rest] = [...where, command, ...args];
  const child = spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, ...environment },
  });
  child.said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => {
      child.said += text;
    });
  child.gone = new Promise((resolve) => child.once('close', resolve));
  started.push(child);
  return child;
}

function signal(child, name) {
  try {
    process.kill(-child.pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

async function stop(child) {
  signal(child, 'SIGTERM');
  const late = setTimeout(() => signal(child, 'SIGKILL'), 5_000);
  await child.gone;
  clearTimeout(late);
}

async function node(namespace, name, args) {
  const data = join(folder, name);
  const off = ['--http', 'off', '--ipfix', 'off', '--sflow', 'off', '--log', 'json'];
  const child = start(namespace, process.execPath, [main, 'up', '--data', data, ...off, ...args]);
  await said(child, /^ready$/m, name);
  return { child, data };
}

async function said(child, word, name) {
  for (const until = Date.now() + 30_000; !word.test(child.said); await sleep(50))
    if (Date.now() > until || child.exitCode !== null) throw new Error(`${name} did not begin:\n${child.said}`);
}

async function layWire() {
  for (const namespace of [clients, servers]) await execute('ip', ['netns', 'add', namespace]);
  await execute('ip', ['-n', clients, 'link', 'add', 'wire', 'type', 'veth', 'peer', 'name', 'wire', 'netns', servers]);
  for (const [namespace, address] of [
    [clients, CLIENT],
    [servers, SERVER],
  ]) {
    await execute('ip', ['-n', namespace, 'addr', 'add', `${address}/24`, 'dev', 'wire']);
    for (const link of ['lo', 'wire']) await execute('ip', ['-n', namespace, 'link', 'set', link, 'up']);
  }
}

async function isListening(port) {
  const { stdout } = await execute('ip', ['netns', 'exec', servers, 'ss', '-Hltun']);
  return stdout.includes(`:${port} `);
}

/** Runs a server at a port and its client against it; why that could not be, else null. */
async function converse(server, port) {
  const dir = join(folder, `${server.program}-files`);
  const environment = { DIR: dir, PORT: String(port), SERVER, CLIENT };
  const fill = (text) => text.replace(/\$(DIR|PORT|SERVER)\b/g, (_, name) => environment[name]);
  for (const [file, text] of Object.entries(server.files ?? {})) writeFileSync(join(dir, file), fill(text));
  const shell = (command) =>
    server.user
      ? ['setpriv', [`--reuid=${server.user}`, '--regid=nogroup', '--clear-groups', 'sh', '-c', `exec ${command}`]]
      : ['sh', ['-c', `exec ${command}`]];
  const child = start(servers, ...shell(server.serve), environment);
  try {
    for (const until = Date.now() + 20_000; !(await isListening(port)); await sleep(100))
      if (Date.now() > until || child.exitCode !== null) return `did not listen: ${child.said.trim().slice(-300)}`;
    await sleep(300);
    for (let round = 0; round < Number(options.rounds); round++) {
      const client = start(clients, 'sh', ['-c', server.ask], environment);
      const late = setTimeout(() => signal(client, 'SIGKILL'), 15_000);
      await client.gone;
      clearTimeout(late);
    }
    return null;
  } finally {
    // Ends the connections that servers keep, in their own way.
    await stop(child);
  }
}

function prepare(server) {
  const dir = join(folder, `${server.program}-files`);
  mkdirSync(dir);
  if (server.user) execFileSync('chown', [server.user, dir]);
  for (const [file, text] of Object.entries(server.files ?? {})) writeFileSync(join(dir, file), text);
  if (!server.prepare) return;
  const as = server.user ? ['setpriv', `--reuid=${server.user}`, '--regid=nogroup', '--clear-groups'] : [];
  const [program, ...args] = [...as, 'sh', '-c', `cd $DIR; ${server.prepare}`];
  execFileSync(program, args, { stdio: 'ignore', env: { ...process.env, DIR: dir, HOME: dir } });
}

/** The two ports where the server of an application was told to listen. */
const listening = new Map();
const problems = [];
try {
  await layWire();
  const off = ['--no-host', '--netflow', 'off'];
  const truth = await node(null, 'truth', ['--host', 'on', '--host-name', 'here', '--netflow', 'off']);
  await said(truth.child, /this host is metered: level ebpf/, 'metering by eBPF');
  const payload = await node(servers, 'payload', [...off, '--capture', 'wire', '--capture-idle', '5s']);
  const exported = await node(servers, 'exported', ['--no-host', '--netflow', NETFLOW]);
  const captured = join(folder, 'wire.pcap');
  const capture = start(servers, 'tcpdump', ['-i', 'wire', '-U', '-w', captured]);
  await said(capture, /listening on/, 'tcpdump');

  const asked =
    options.only === '' ? SERVERS : SERVERS.filter(({ program }) => options.only.split(',').includes(program));
  const usable = asked.filter(({ program, start: first = program }) => {
    if (has(first)) return true;
    problems.push(`${first} is not installed`);
    return false;
  });
  for (const server of usable) {
    prepare(server);
    listening.set([SPOKEN[server.program]].flat()[0], [server.at, server.elsewhere]);
  }
  for (const place of ['at', 'elsewhere'])
    for (const server of usable) {
      const problem = await converse(server, server[place]);
      if (problem) problems.push(`${server.program} at port ${server[place]} ${problem}`);
    }

  // Flows that end by silence end now; softflowd sends all that it has when it ends.
  await sleep(7_000);
  await stop(capture);
  // It waits for buffers to be full on an interface; of a file it meters all, and sends it at once.
  await start(servers, 'softflowd', ['-r', captured, '-v', '9', '-n', NETFLOW]).gone;
  await sleep(5_000);
  const between = (record) => [record.src_addr, record.dst_addr].every((a) => a === SERVER || a === CLIENT);
  const [ownRecords, packetRecords, exportedRecords] = await Promise.all(
    [truth, payload, exported].map(async ({ data }) => (await storedRecords(data)).filter(between)),
  );
  report(
    truths(ownRecords, SERVER, listening),
    [
      ['processes of this host', conversations(ownRecords)],
      ['packets captured', conversations(packetRecords)],
      ['flows of softflowd', conversations(exportedRecords)],
    ],
    conversations(packetRecords),
  );
} finally {
  for (const child of started) signal(child, 'SIGKILL');
  for (const namespace of [clients, servers]) await execute('ip', ['netns', 'del', namespace]).catch(() => {});
}

function report(truth, sources, captured) {
  const { rows, programs, wrong, joined, without } = grade(truth, sources, captured);
  if (options.json) {
    const columns = [
      'source',
      'port',
      'evidence',
      ...['right', 'wrong', 'no_name', 'not_seen'].flatMap((v) => [`${v}_flows`, `${v}_bytes`]),
    ];
    process.stdout.write(
      `${JSON.stringify({ machine: machine(), conversations: joined, without_truth: without, programs, rows: rows.map((row) => Object.fromEntries(columns.map((c, i) => [c, row[i]]))), problems, wrong })}\n`,
    );
    return;
  }
  process.stdout.write(`${machine()}\n${programs.length} programs: ${programs.join(' ')}\n`);
  table(
    `${joined} conversations whose process is known, and ${without} whose is not`,
    ['names from', 'port', 'evidence', 'right', 'wrong', 'no name', 'not seen', 'right, of bytes', 'wrong, of bytes'],
    rows.map(([source, port, evidence, right, rightBytes, bad, badBytes, none, noneBytes, missing, missingBytes]) => {
      const bytes = rightBytes + badBytes + noneBytes + missingBytes;
      const percent = (part) => `${((100 * part) / bytes).toFixed(1)} %`;
      return [source, port, evidence, right, bad, none, missing, percent(rightBytes), percent(badBytes)];
    }),
  );
  for (const line of [...problems, ...(options.wrong ? wrong : [])]) process.stdout.write(`${line}\n`);
}
