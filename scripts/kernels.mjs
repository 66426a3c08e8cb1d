// `npm run kernels [-- --kernels 5.10,6.1]`: boots kernels of Debian under QEMU, each with cgroup v2 and with cgroup v1 alone, runs the built `weir agent` there, and
// compares what it answers with what that kernel counts itself. Prints a table; ends with 1 where a check failed. Nothing of it stays but what --keep keeps.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bootGuest } from '../test/kernels/boot-guest.mjs';
import { buildBase, buildInitramfs } from '../test/kernels/initramfs.mjs';
import { fetchKernel } from '../test/kernels/kernel-packages.mjs';
import { needPrograms } from '../test/kernels/programs.mjs';
import { printReport } from '../test/kernels/report.mjs';
import { build } from './build.mjs';

const { values: flags } = parseArgs({
  options: {
    /** VERSION of a Debian release, or VERSION:SUITE of another one. The newest package for clouds is taken. */
    kernels: { type: 'string', default: '5.10,6.1,6.12' },
    cgroup: { type: 'string', default: 'v2,v1' },
    /** Processes that live for a moment, of each kind. 300 take a minute longer. */
    clients: { type: 'string', default: '60' },
    memory: { type: 'string', default: '1024' },
    seconds: { type: 'string', default: '900' },
    keep: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});

needPrograms();
build();
const folder = mkdtempSync(join(tmpdir(), 'weir-kernels-'));
const forget = () => rmSync(folder, { recursive: true, force: true });
if (flags.keep) process.stderr.write(`kept: ${folder}\n`);
else process.on('exit', forget);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

const base = await buildBase(folder);
const runs = [];
for (const wanted of flags.kernels.split(',')) {
  const kernel = fetchKernel(wanted, folder);
  const initramfs = buildInitramfs(base, kernel, folder);
  for (const cgroup of flags.cgroup.split(',')) {
    process.stderr.write(`${kernel.name}, cgroup ${cgroup}\n`);
    const run = await bootGuest({
      kernel,
      initramfs,
      cgroup,
      clients: Number(flags.clients),
      megabytes: Number(flags.memory),
      seconds: Number(flags.seconds),
      log: join(folder, `${kernel.release}-${cgroup}.log`),
      verbose: flags.verbose,
    });
    runs.push(run);
  }
}
printReport(runs);
if (runs.some((run) => run.failed)) process.exitCode = 1;
