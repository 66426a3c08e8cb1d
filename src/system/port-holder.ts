import { readdirSync } from 'node:fs';
import { WeirError } from '../base/index.ts';
import { procLink, procText } from './proc-file.ts';

/** Who has a port open. */
export interface PortHolder {
  readonly pid: number;
  /** Its command line, or its name where the command line is empty. */
  readonly command: string;
}

/** The process that holds a local port, through /proc; null when none does or when it belongs to a user whose files we may not read. */
export function holderOfPort(protocol: 'udp' | 'tcp', port: number): PortHolder | null {
  const inodes = new Set([
    ...inodesOfPort(`/proc/net/${protocol}`, port),
    ...inodesOfPort(`/proc/net/${protocol}6`, port),
  ]);
  if (inodes.size === 0) return null;
  for (const pid of list('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    for (const fd of list(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(procLink(`/proc/${pid}/fd/${fd}`))?.[1];
      if (inode !== undefined && inodes.has(inode)) return { pid: Number(pid), command: commandOf(pid) };
    }
  }
  return null;
}

/** Lines of /proc/net/udp: `sl local_address rem_address st ... uid timeout inode`, ports in hexadecimal (net/ipv4/udp.c, udp4_format_sock). */
function inodesOfPort(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return procText(table)
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(suffix) && fields[9] !== '0')
    .map((fields) => fields[9]!);
}

function commandOf(pid: string): string {
  return procText(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim() || procText(`/proc/${pid}/comm`).trim();
}

/** Processes end while we look: what is gone reads as empty. */
function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** The error for a port that another socket has, with its holder where it can be found. */
export function portTaken(protocol: 'udp' | 'tcp', address: string, port: number, cause?: unknown): WeirError {
  const holder = holderOfPort(protocol, port);
  const who = holder ? `process ${holder.pid} (${holder.command})` : 'another process';
  return new WeirError(
    'port_taken',
    `${protocol.toUpperCase()} port ${port} on ${address} is held by ${who}: stop it or choose another port`,
    { cause, details: { protocol, address, port, ...(holder ? { pid: holder.pid, command: holder.command } : {}) } },
  );
}
