import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Of the namespace that a link ends in: it names the run of the tests that it belongs to. */
const NAMESPACE = /^weir-link-(\d+)-/;

/** The run of the tests that this process belongs to: that of the process which started it. */
export const thisRun = () => Number(process.env.RUN_OF_TESTS ?? process.pid);

/**
 * Takes away the links of a run that is over, and of runs whose process was killed. A link goes with the namespace that one of its ends is in, and that with the last
 * process in it.
 */
export function removeLinks(over: number | null): void {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return;
  for (const { name } of JSON.parse(ip('-j', 'netns', 'list') || '[]') as { name: string }[]) {
    const run = Number(NAMESPACE.exec(name)?.[1] ?? 0);
    if (run > 0 && (run === over || !existsSync(`/proc/${run}`))) removeNamespace(name);
  }
}

export function removeNamespace(name: string): void {
  for (const pid of ip('netns', 'pids', name).split('\n').filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has just ended.
    }
  }
  ip('netns', 'del', name);
}

/** What `ip` says; nothing where there is no such program, or no such namespace any more. */
function ip(...args: string[]): string {
  try {
    return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}
