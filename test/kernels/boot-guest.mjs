import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** Before each line of what the guest tells us; the rest of its console is for people. */
const MARK = '@weir ';

/** Boots one kernel to its end, and gives what it found: facts for people, and checks with what was seen. */
export async function bootGuest({ kernel, initramfs, cgroup, clients, megabytes, seconds, log, verbose }) {
  const began = performance.now();
  const words = `console=ttyS0 quiet panic=-1 CGROUP=${cgroup} CLIENTS=${clients}`;
  const guest = spawn(
    'qemu-system-x86_64',
    [
      ...['-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', String(megabytes)],
      ...['-nodefaults', '-no-reboot', '-display', 'none', '-serial', 'stdio'],
      ...['-kernel', kernel.image, '-initrd', initramfs, '-append', words],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const kill = () => guest.kill('SIGKILL');
  process.on('exit', kill);
  const timer = setTimeout(kill, seconds * 1000);
  const file = createWriteStream(log);
  const run = { kernel: kernel.name, cgroup, facts: {}, checks: [], ended: false, tail: [] };
  const ended = once(guest, 'close');
  for await (const line of createInterface({ input: guest.stdout })) {
    file.write(`${line}\n`);
    if (verbose) process.stderr.write(`  ${line}\n`);
    const at = line.indexOf(MARK);
    if (at >= 0) take(run, JSON.parse(line.slice(at + MARK.length)));
    else run.tail = [...run.tail, line].slice(-20);
  }
  await ended;
  clearTimeout(timer);
  process.off('exit', kill);
  file.end();
  const took = Math.round((performance.now() - began) / 1000);
  return { ...run, took, failed: !run.ended || run.checks.some((check) => !check.ok) };
}

function take(run, told) {
  if (told.fact) run.facts[told.fact] = told.value;
  else if (told.check) run.checks.push(told);
  else if (told.end) run.ended = true;
}
