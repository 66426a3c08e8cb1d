import { procLink, procText } from '../proc-file.ts';
import { parseCgroup } from './cgroup-path.ts';
import { readCommandLine } from './command-line.ts';

/** What /proc tells of a process (proc(5)). */
export interface ProcessFacts {
  readonly pid: number;
  /** Name of its main thread, of at most 15 bytes; processes may change it. */
  readonly comm: string;
  /** Path of its program; empty where it may not be read, or has none (kernel threads). */
  readonly executable: string;
  /** The beginning of its command line, as it was written or as the process has changed it. */
  readonly command: readonly string[];
  /** 0 where it has no parent here. */
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Its session has a controlling terminal. */
  readonly terminal: boolean;
  /** When it began, in clock ticks since boot: with the pid it names one process and no later one. */
  readonly startTicks: number;
  /** Its effective user. */
  readonly uid: number;
  /** Its cgroup; empty where it cannot be read. */
  readonly cgroup: string;
}

/** Null when there is no such process any more. `proc` is where procfs is mounted. */
export function readProcess(pid: number, proc = '/proc'): ProcessFacts | null {
  const directory = `${proc}/${pid}`;
  const stat = parseStat(procText(`${directory}/stat`));
  if (stat === null) return null;
  const uid = /^Uid:\s+\d+\s+(\d+)/m.exec(procText(`${directory}/status`))?.[1];
  if (uid === undefined) return null;
  return {
    pid,
    ...stat,
    executable: program(`${directory}/exe`),
    command: readCommandLine(`${directory}/cmdline`),
    uid: Number(uid),
    cgroup: parseCgroup(procText(`${directory}/cgroup`)),
  };
}

type Stat = Pick<ProcessFacts, 'comm' | 'parent' | 'group' | 'session' | 'terminal' | 'startTicks'>;

/** `pid (comm) state ppid pgrp session tty_nr ...`; the name may hold spaces and brackets, so its end is the last bracket. */
function parseStat(line: string): Stat | null {
  const open = line.indexOf('(');
  const close = line.lastIndexOf(')');
  if (open < 0 || close < open) return null;
  const fields = line.slice(close + 2).split(' ');
  // Field 22 of proc(5), counted from the state, which is the third.
  const startTicks = Number(fields[19]);
  if (!Number.isFinite(startTicks)) return null;
  return {
    comm: line.slice(open + 1, close),
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    terminal: fields[4] !== '0',
    startTicks,
  };
}

/** A program that was replaced while it runs (an update) still has its name, with a remark behind it. */
function program(path: string): string {
  return procLink(path).replace(/ \(deleted\)$/, '');
}
