import { accessSync, constants, opendirSync, readFileSync } from 'node:fs';
import { unwritable, WeirError } from '../base/index.ts';
import { makeDirectory } from '../store/index.ts';
import { firmPath } from '../system/index.ts';
import { handOver } from './hand-over.ts';

/** Who the agent is once it has started what needs rights. */
export interface AgentUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Who the agent is where nobody says it. `nobody` must be asked for: all that runs as it could read the records. */
const USUAL_USER = 'weir';

/** Null: it stays who it is, because it is not root, or because root was asked for. */
export function agentUser(asked: string | null, passwd = '/etc/passwd'): AgentUser | null {
  if (process.getuid?.() !== 0) {
    if (asked !== null) throw new WeirError('usage', '--user: only root can start the agent as another user');
    return null;
  }
  if (asked === 'root') return null;
  const user = usersOf(passwd).get(asked ?? USUAL_USER);
  if (user && user.uid !== 0) return user;
  throw new WeirError(
    'usage',
    asked === null
      ? `the agent does not stay root, and there is no user ${USUAL_USER}: make one (useradd --system --no-create-home --shell /usr/sbin/nologin ${USUAL_USER}), or name another with --user (--user root stays root)`
      : `--user: there is no user "${asked}" that is not root`,
  );
}

/**
 * Where the meter keeps what it alone may read, the key of pseudonyms for one: the agent, which answers, may not. Beside the data directory, which is the agent's: in it
 * the agent could put another one in its place. It is made when something is to be kept. To be asked before the rights are given up.
 */
export function meterDirectory(data: string): string {
  return process.getuid?.() === 0 ? `${data}-meter` : data;
}

/** The directory, and what in it is not the user's: whoever asked as root while no agent ran may have left files. */
export function prepareDirectory(directory: string, user: AgentUser | null): void {
  try {
    makeDirectory(directory);
    // What is there may be a file.
    opendirSync(directory).closeSync();
    if (user !== null) handOver(directory, user);
  } catch (error) {
    throw unwritable(`cannot prepare the data directory ${directory}`, error);
  }
}

/** For good: without root no capability is left, whatever the process had (capabilities(7), "effect of user ID changes"). */
export function becomeUser(user: AgentUser | null): void {
  if (user === null) return;
  process.setgroups!([user.gid]);
  process.setgid!(user.gid);
  process.setuid!(user.uid);
}

/** A directory above that lets nobody through is met only now. */
export function mayWrite(directory: string, user: AgentUser | null): void {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const who = user === null ? 'the agent' : `the agent, which is user ${user.name} now,`;
    const { weak } = firmPath(directory);
    const why =
      user === null || weak === null
        ? 'the directories above it must let it through'
        : `it was not handed over, as ${weak}: chown -hR ${user.name} ${directory}`;
    throw new WeirError('system', `${who} may not write to ${directory}: ${why}, or choose another with --data`, {
      cause,
    });
  }
}

function usersOf(passwd: string): ReadonlyMap<string, AgentUser> {
  const users = new Map<string, AgentUser>();
  for (const line of readFileSync(passwd, 'utf8').split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (name && uid && gid) users.set(name, { name, uid: Number(uid), gid: Number(gid) });
  }
  return users;
}
