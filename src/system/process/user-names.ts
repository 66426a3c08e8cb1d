import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { bootMs } from '../boot-clock.ts';

/** The file is looked at again after this time. */
const RECHECK_MS = 10_000;

/** Names of users, from /etc/passwd: no library is asked, which might ask a server on the network. */
export class UserNames {
  private readonly file: string;
  private readonly steadyMs: () => number;
  private names = new Map<number, string>();
  private modifiedMs = Number.NaN;
  private checkedMs = Number.NEGATIVE_INFINITY;

  /** `steadyMs` is a clock that nobody sets. */
  constructor(file = '/etc/passwd', steadyMs: () => number = bootMs) {
    this.file = file;
    this.steadyMs = steadyMs;
  }

  /** The name, or `uid 1234` for a user without one. */
  of(uid: number): string {
    this.refresh();
    return this.names.get(uid) ?? dynamicUser(uid) ?? unnamedUser(uid);
  }

  private refresh(): void {
    const now = this.steadyMs();
    if (now - this.checkedMs < RECHECK_MS) return;
    this.checkedMs = now;
    try {
      const { mtimeMs } = statSync(this.file);
      if (mtimeMs === this.modifiedMs) return;
      this.names = parsePasswd(readFileSync(this.file, 'utf8'));
      this.modifiedMs = mtimeMs;
    } catch {
      // Without the file numbers stand for names; one that is being replaced is read the next time.
    }
  }
}

/** What a user without a name is called. */
export function unnamedUser(uid: number): string {
  return `uid ${uid}`;
}

/** The number of one that is called so; null for a name. */
export function numberOfUnnamed(user: string): string | null {
  return /^uid (\d+)$/.exec(user)?.[1] ?? null;
}

/** passwd(5): name:password:uid:gid:...; of several names for one number the first counts, as with getpwuid(3). */
function parsePasswd(text: string): Map<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [name, , uid] = line.split(':');
    if (!name || name.startsWith('#') || !/^\d+$/.test(uid ?? '')) continue;
    if (!names.has(Number(uid))) names.set(Number(uid), name);
  }
  return names;
}

/** systemd makes users for services that run (DynamicUser=, nss-systemd(8)), from this range, and leaves their names as links. */
function dynamicUser(uid: number): string | undefined {
  if (uid < 61_184 || uid > 65_519) return undefined;
  try {
    return readlinkSync(`/run/systemd/dynamic-uid/direct:${uid}`);
  } catch {
    return undefined;
  }
}
