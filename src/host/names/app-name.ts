import type { ProcessFacts } from '../../system/index.ts';
import type { KnownProcesses } from './known-processes.ts';
import { processName } from './process-name.ts';

/** Their sessions are terminals and jobs of users: what was started from them says more. */
const SHELLS = new Set(['sh', 'bash', 'dash', 'zsh', 'fish', 'ksh', 'mksh', 'ash', 'tcsh', 'csh', 'busybox']);
/** Deeper trees are not climbed. */
const MAX_DEPTH = 64;

/**
 * What a process outside of units and containers belongs to, so that the connections of one action belong together: the leader of its session; in the
 * session of a shell the command that was started from there, a script by its own name; without a leader the topmost process below init.
 */
export function appOfProcess(facts: ProcessFacts, processes: KnownProcesses, nowMs: number): string {
  const leader = leaderOf(facts, processes, nowMs);
  if (leader !== null && !isShell(leader)) return nameOf(leader);
  let top = facts;
  let at = facts;
  for (let depth = 0; depth < MAX_DEPTH && at.pid !== leader?.pid && at.parent > 1; depth++) {
    const parent = processes.get(at.parent, nowMs);
    // The manager of a user's units (systemd --user) is init to what it starts.
    if (parent === null || parent.pid === leader?.pid || parent.comm === 'systemd') break;
    at = parent;
    // Shells in between only pass on what they were told.
    if (!isShell(at)) top = at;
  }
  return nameOf(top);
}

/** A shell that runs a script does what that says. */
function isShell(facts: ProcessFacts): boolean {
  return SHELLS.has(facts.comm) && scriptOf(facts) === '';
}

function nameOf(facts: ProcessFacts): string {
  return (SHELLS.has(facts.comm) && scriptOf(facts)) || processName(facts);
}

/** `sh /opt/backup.sh`: its name; empty where the first word is an option (-c, -l) or there is none. */
function scriptOf({ command }: ProcessFacts): string {
  const first = command[1] ?? '';
  // What comes through a descriptor has no name.
  return /^-|^\/(?:dev|proc)\//.test(first) ? '' : first.split('/').at(-1)!;
}

function leaderOf(facts: ProcessFacts, processes: KnownProcesses, nowMs: number): ProcessFacts | null {
  // Session 1 is that of init, which leads nobody; 0 are the kernel's own.
  if (facts.session <= 1) return null;
  const leader = facts.session === facts.pid ? facts : processes.get(facts.session, nowMs);
  // The leader may have ended, and its number be another's.
  return leader?.session === facts.session ? leader : null;
}
