// Shared by the benchmarks: programs started and measured from outside, the flood, tables.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const main = join(root, 'dist/cli/main.js');
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const TICKS = Number(execFileSync('getconf', ['CLK_TCK']).toString());

export function machine() {
  return `${cpus().length} x ${cpus()[0].model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${execFileSync('uname', ['-r']).toString().trim()}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`;
}

/** `--name value` pairs of the command line over defaults; numbers where the default is one. */
export function options(defaults) {
  const found = { ...defaults };
  for (let i = 2; i < process.argv.length; i += 2) {
    const name = process.argv[i].replace(/^--/, '');
    if (!(name in defaults)) {
      console.error(
        `unknown option --${name}; there are: ${Object.entries(defaults)
          .map(([k, v]) => `--${k} ${v}`)
          .join(' ')}`,
      );
      process.exit(2);
    }
    found[name] = typeof defaults[name] === 'number' ? Number(process.argv[i + 1]) : process.argv[i + 1];
  }
  return found;
}

export function tempFolder() {
  const folder = mkdtempSync(join(process.env.WEIR_BENCH_DIR ?? tmpdir(), 'weir-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The flood generator, compiled from ../shared/tools/nfgen.c or the file that NFGEN names. */
export function nfgen(folder) {
  const source = process.env.NFGEN ?? join(root, '../shared/tools/nfgen.c');
  if (!existsSync(source)) {
    console.error(`the flood generator ${source} is not here: set NFGEN to its source`);
    process.exit(1);
  }
  const binary = join(folder, 'nfgen');
  execFileSync('cc', ['-O2', '-o', binary, source, '-lm']);
  return binary;
}

/** User and system CPU seconds of a process, all its threads and the children it has waited for; null when it is gone. */
export function cpuSeconds(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return fields.slice(11, 15).reduce((n, ticks) => n + Number(ticks), 0) / TICKS;
  } catch {
    return null;
  }
}

/** User and system CPU seconds of the children that this process has waited for. */
export function childrenCpu() {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ');
  return fields.slice(13, 15).reduce((n, ticks) => n + Number(ticks), 0) / TICKS;
}

export function peakMemory(pid) {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

/** Runs a program to its end; its stdout. */
export function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (d) => {
      out += d;
    });
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve(out) : reject(new Error(`${command} ${args.join(' ')} ended with ${code}`)),
    );
  });
}

/** Ends a process and gives the CPU seconds that it had used last (read every 10 ms until it is gone). */
export async function endAndMeasure(child, signal = 'SIGTERM') {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  let last = cpuSeconds(child.pid);
  child.kill(signal);
  for (let running = true; running; ) {
    running = await Promise.race([gone.then(() => false), sleep(10).then(() => true)]);
    last = cpuSeconds(child.pid) ?? last;
  }
  return last;
}

/** Starts `weir up` and waits for `ready`. */
export async function startWeir(data, args = []) {
  const child = spawn(
    process.execPath,
    [main, 'up', '--data', data, '--no-host', '--netflow', '127.0.0.1:0', '--http', '127.0.0.1:0', ...args],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      // One port is measured; the others may be another node's.
      env: { WEIR_IPFIX: 'off', WEIR_SFLOW: 'off', ...process.env },
    },
  );
  let out = '';
  await new Promise((resolve, reject) => {
    child.stdout.on('data', (d) => {
      out += d;
      if (/^ready$/m.test(out)) resolve();
    });
    child.once('exit', (code) => reject(new Error(`weir up ended with ${code}`)));
  });
  return {
    child,
    port: Number(/listening netflow \S+:(\d+)/.exec(out)[1]),
    http: `http://${/listening http (\S+)/.exec(out)[1]}`,
  };
}

export function table(title, columns, rows) {
  const widths = columns.map((c, i) => Math.max(c.length, ...rows.map((r) => String(r[i]).length)));
  const line = (cells) =>
    `| ${cells.map((c, i) => (i === 0 ? String(c).padEnd(widths[i]) : String(c).padStart(widths[i]))).join(' | ')} |`;
  console.log(`\n${title}\n`);
  console.log(line(columns));
  console.log(`|${widths.map((w, i) => (i === 0 ? '-'.repeat(w + 2) : `${'-'.repeat(w + 1)}:`)).join('|')}|`);
  for (const row of rows) console.log(line(row));
}

export const fixed = (n, digits = 2) => (Number.isFinite(n) ? n.toFixed(digits) : '-');
