import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A node that runs on this machine, as its file in the runtime directory says. */
export interface RunningNodeFile {
  readonly pid: number;
  /** Absolute path of the data directory. */
  readonly data: string;
  /** Path of the Unix socket that serves the API. */
  readonly socket: string;
  /** `http://ADDRESS:PORT`, or null with --no-http. */
  readonly http: string | null;
}

/** Where the nodes of this user are noted: /run/weir for root, else the user's runtime directory, else below the temporary one. */
function runtimeDirectory(env: Readonly<Record<string, string | undefined>> = process.env): string {
  if (env.WEIR_RUNTIME_DIR) return env.WEIR_RUNTIME_DIR;
  const uid = process.getuid?.() ?? 0;
  if (uid === 0) return '/run/weir';
  return env.XDG_RUNTIME_DIR ? join(env.XDG_RUNTIME_DIR, 'weir') : join(tmpdir(), `weir-${uid}`);
}

/** Notes a node; the function that comes back takes the note away. */
export function registerNode(node: RunningNodeFile, directory: string = runtimeDirectory()): () => void {
  // Other users may see that a node runs, and ask it over HTTP; its socket stays shut to them.
  // Whatever the umask: that of the service is for what lies in its data directory.
  if (mkdirSync(directory, { recursive: true }) !== undefined) chmodSync(directory, 0o755);
  for (const old of filesOf(directory)) {
    // Left behind by nodes that were killed.
    if (readNode(old) === null) rmSync(old, { force: true });
  }
  const path = join(directory, `${node.pid}.json`);
  // Renamed into place, so that a reader never sees half a file.
  writeFileSync(`${path}.new`, JSON.stringify(node));
  chmodSync(`${path}.new`, 0o644);
  renameSync(`${path}.new`, path);
  return () => rmSync(path, { force: true });
}

/** Where nodes that this user may ask are noted: their own place, and that of root and of the service; or the one place that was named. */
function runtimeDirectories(): string[] {
  if (process.env.WEIR_RUNTIME_DIR) return [process.env.WEIR_RUNTIME_DIR];
  return [...new Set([runtimeDirectory(), '/run/weir'])];
}

/** The nodes whose process lives. Files of dead ones are passed over; files that cannot be read are too. */
export function runningNodes(directories: readonly string[] = runtimeDirectories()): RunningNodeFile[] {
  return directories.flatMap(filesOf).flatMap((path) => readNode(path) ?? []);
}

/** The node of a file; null when it is dead or the file cannot be read. */
function readNode(path: string): RunningNodeFile | null {
  try {
    const node = JSON.parse(readFileSync(path, 'utf8')) as RunningNodeFile;
    return isAlive(node.pid) ? node : null;
  } catch {
    return null;
  }
}

/** A directory below /tmp that another user made could send our questions anywhere: only our own and root's count. */
function filesOf(directory: string): string[] {
  try {
    const { uid } = statSync(directory);
    if (uid !== 0 && uid !== process.getuid?.() && directory.startsWith(tmpdir()) && process.getuid?.() !== undefined)
      return [];
    return readdirSync(directory)
      .filter((name) => name.endsWith('.json'))
      .map((name) => join(directory, name));
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
