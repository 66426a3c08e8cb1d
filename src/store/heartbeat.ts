import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';

/** The last sign of life of a node, in one line of fixed length that is written in place. */
export interface LastRun {
  /** When its ports listened, or it was clear that it had none. */
  readonly since: number;
  /** When it last said that it lives, or ended. */
  readonly alive: number;
  /** It had a flow port open. */
  readonly measuring: boolean;
  /** It ended in order. */
  readonly ended: boolean;
}

const BYTES = 128;

/** Null where no node ran, or the file cannot be read. */
export function readLastRun(path: string): LastRun | null {
  if (!existsSync(path)) return null;
  try {
    const run = JSON.parse(readFileSync(path, 'utf8')) as LastRun | null;
    return Number.isFinite(run?.alive) && Number.isFinite(run?.since) ? run : null;
  } catch {
    return null;
  }
}

/** Written about once a second, and not synced but at both ends: what a power loss leaves is some seconds older. */
export class Heartbeat {
  private readonly fd: number;

  constructor(path: string) {
    // Not 'w': the last sign of life of the run before stands until there is a new one.
    this.fd = openSync(path, existsSync(path) ? 'r+' : 'w', 0o640);
  }

  /** Throws when the disk refuses. */
  write(run: LastRun, sync: boolean): void {
    const text = Buffer.from(`${JSON.stringify(run).padEnd(BYTES - 1)}\n`);
    writeSync(this.fd, text, 0, text.length, 0);
    if (sync) fsyncSync(this.fd);
  }

  close(): void {
    closeSync(this.fd);
  }
}
