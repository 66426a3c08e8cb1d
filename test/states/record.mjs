/**
 * Records the state of a data directory as a build of Weir leaves it, with the answers that this build gives of it:
 *
 *     node test/states/record.mjs WORKTREE FIXTURES NAME
 *
 * WORKTREE: an old commit, built. FIXTURES: the folder of third-party captures. Makes NAME.tar.gz and NAME.json beside this file. The node is
 * stopped once, damaged once, and killed at last, so that segments, a ledger, files in quarantine and a journal are in the state.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [worktree, fixtures, name] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const main = resolve(worktree, 'dist/cli/main.js');
const wire = await import(pathToFileURL(resolve(worktree, 'dist/wire/index.js')));
const templates = 'flowEncoder' in wire;
const folder = mkdtempSync(join(tmpdir(), 'weir-state-'));
const data = join(folder, 'data');
const port = 29_055;
const env = {
  ...process.env,
  WEIR_RUNTIME_DIR: folder,
  ...(templates ? { WEIR_IPFIX: 'off', WEIR_SFLOW: 'off' } : {}),
};
const weir = (...args) => execFileSync(process.execPath, [main, ...args], { env, encoding: 'utf8' });
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

async function up() {
  const args = ['up', '--data', data, '--netflow', `127.0.0.1:${port}`, '--http', '127.0.0.1:0'];
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise((done) => child.once('exit', done));
  await new Promise((done) => child.stdout.on('data', (text) => /^ready$/m.test(text) && done()));
  const end = async (signal) => {
    await sleep(2_000);
    child.kill(signal);
    await exited;
  };
  return { end };
}

function softflowd(version, capture) {
  const target = ['-n', `127.0.0.1:${port}`, '-v', String(version)];
  const pid = join(folder, 'softflowd.pid');
  execFileSync('softflowd', ['-r', join(fixtures, capture), '-a', ...target, '-c', 'none', '-p', pid, '-d']);
}

/** NetFlow v5 of an exporter that samples 1 in 64, restarts once and loses datagrams on the way. */
async function send(first, count) {
  const socket = createSocket('udp4');
  await new Promise((done) => socket.connect(port, '127.0.0.1', done));
  for (let n = first; n < first + count; n++) {
    if (n % 11 === 7) continue;
    const exportMs = Date.now();
    const records = Array.from({ length: 25 }, (_, i) => ({
      src: 0x0a000000 + ((n * 31 + i) & 0xffff),
      dst: 0xc0a80000 + (i & 15),
      packets: 1 + (i % 7),
      bytes: 64 * (1 + (i % 7)) + n,
      startMs: exportMs - 2_000 - i,
      endMs: exportMs - 500,
      srcPort: 40_000 + i,
      dstPort: [443, 53, 22, 8080][i & 3],
      protocol: i & 1 ? 17 : 6,
    }));
    const header = { exportMs, bootMs: exportMs - 3_600_000, sequence: n * 25, samplingMode: 1, samplingRate: 64 };
    const { datagrams } = wire.encodeNetflow5(records, header);
    await new Promise((done) => socket.send(datagrams[0], done));
  }
  socket.close();
}

let node = await up();
softflowd(5, 'ndpi/pcap/android.pcap');
await send(0, 40);
await node.end('SIGTERM');

node = await up();
softflowd(5, 'ndpi/pcap/stun.pcap');
if (templates) softflowd(9, 'ndpi/pcap/http_ipv6.pcap');
await node.end('SIGTERM');

// The second segment is damaged by the disk, and found by the next question.
const segments = readdirSync(join(data, 'segments'), { recursive: true }).filter((file) => file.endsWith('2.parquet'));
const damaged = join(data, 'segments', segments[0]);
const bytes = readFileSync(damaged);
bytes[bytes.length >> 1] ^= 0xff;
writeFileSync(damaged, bytes);

node = await up();
weir('query', '--data', data, '--metrics', 'records', '--from', 'all');
softflowd(5, 'ipfixprobe/inputs/mixed.pcap');
if (templates) softflowd(10, 'ndpi/pcap/http_ipv6.pcap');
await send(40, 30);
await node.end('SIGTERM');

if (templates) {
  weir('export', '--data', data, '--from', 'all', '--to', join(folder, 'import.ipfix'), '--limit', '200');
  weir('import', '--data', data, join(folder, 'import.ipfix'));
}

node = await up();
if (templates) softflowd(9, 'ndpi/pcap/android.pcap');
await send(70, 20);
await node.end('SIGKILL');

rmSync(join(data, 'weir.sock'), { force: true });
execFileSync('tar', ['-C', data, '--owner=0', '--group=0', '-czf', join(here, `${name}.tar.gz`), '.']);

// What the same build says of a copy: asking recovers the journal.
const copy = join(folder, 'copy');
cpSync(data, copy, { recursive: true });
const metrics = ['--metrics', 'records,bytes,packets,raw_bytes,raw_packets', '--from', 'all', '--format', 'json'];
const answer = JSON.parse(weir('query', '--data', copy, '--by', 'protocol', '--order', 'records', ...metrics));
const { complete_until: _, ...quality } = answer.quality;
const commit = execFileSync('git', ['-C', worktree, 'rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const said = { commit, columns: answer.columns.map((c) => c.name), rows: answer.rows, total: answer.total, quality };
writeFileSync(join(here, `${name}.json`), `${JSON.stringify(said, null, 2)}\n`);
rmSync(folder, { recursive: true });
