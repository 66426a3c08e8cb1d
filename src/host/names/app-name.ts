import type { ProcessFacts } from '../../system/index.ts';
import { processName } from './process-name.ts';
import type { ProcessTree } from './process-tree.ts';

/** Their sessions are terminals and jobs of users: what was started from them says more. */
const SHELLS = new Set(['sh', 'bash', 'dash', 'zsh', 'fish', 'ksh', 'mksh', 'ash', 'tcsh', 'csh', 'busybox']);
/** Deeper trees are not climbed. */
const MAX_DEPTH = 64;

/**
 * What a process outside of units and containers belongs to, so that the connections of one action belong together: the leader of its session; in the
 * session of a shell the command that was started from there, a script by its own name; without a leader the topmost process below init.
 */
export function appOfProcess(facts: ProcessFacts, tree: ProcessTree): string {
  const leader = tree.leaderOf(facts);
  if (leader !== null && !isShell(leader)) return nameOf(leader);
  let top = facts;
  let at = facts;
  for (let depth = 0; depth < MAX_DEPTH && at.pid !== leader?.pid && at.parent > 1; depth++) {
    const parent = tree.parentOf(at);
    // The manager of a user's units (systemd --user) is init to what it starts.
    if (parent === null || parent.pid === leader?.pid || parent.comm === 'systemd') break;
    at = parent;
    // Shells in between only pass on what they were told; of what ended before anyone looked the name may be unknown.
    if (!isShell(at) && at.comm !== '') top = at;
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
