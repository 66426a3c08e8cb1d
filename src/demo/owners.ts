import type { LabHost } from './campus.ts';
import type { Owner } from './flow.ts';

interface Program {
  readonly process: string;
  readonly executable: string;
  readonly parent: string;
  readonly app: string;
  /** Runs for itself, not for who sits there. */
  readonly system?: string;
}

/** What makes the flows of an end system, by what is done. */
const PROGRAMS: Readonly<Record<string, Program>> = {
  web: { process: 'firefox', executable: '/usr/lib/firefox/firefox', parent: 'gnome-shell', app: 'firefox' },
  stream: { process: 'chrome', executable: '/opt/google/chrome/chrome', parent: 'gnome-shell', app: 'chrome' },
  call: { process: 'zoom', executable: '/opt/zoom/zoom', parent: 'gnome-shell', app: 'zoom' },
  mail: {
    process: 'thunderbird',
    executable: '/usr/lib/thunderbird/thunderbird',
    parent: 'gnome-shell',
    app: 'thunderbird',
  },
  files: { process: 'gvfsd-smb', executable: '/usr/libexec/gvfsd-smb', parent: 'systemd', app: 'gvfs' },
  shell: { process: 'ssh', executable: '/usr/bin/ssh', parent: 'bash', app: 'ssh' },
  database: { process: 'python3', executable: '/usr/bin/python3.11', parent: 'bash', app: 'analyse.py' },
  dns: resident('systemd-resolved', '/usr/lib/systemd/systemd-resolved', 'systemd-resolve'),
  time: resident('chronyd', '/usr/sbin/chronyd', '_chrony'),
  directory: resident('sssd_be', '/usr/libexec/sssd/sssd_be', 'root'),
  update: resident('packagekitd', '/usr/libexec/packagekitd', 'root'),
  backup: resident('restic', '/usr/bin/restic', 'root'),
  beacon: { process: 'updsvc', executable: '/tmp/.cache/updsvc', parent: 'cron', app: 'cron' },
};

function resident(process: string, executable: string, user: string): Program {
  return { process, executable, parent: 'systemd', app: `${process}.service`, system: user };
}

/** Who made the flow; null for what the agent does not know: a kernel's answer, a machine's own scan. */
export function ownerOf(host: LabHost, does: string): Owner | null {
  const program = PROGRAMS[does];
  if (!program) return null;
  const { process, executable, parent, app, system } = program;
  const user = system ?? host.users[process.length % host.users.length]!;
  // Stable, so that a process keeps its number; another one for each program of each host.
  const pid = 400 + (((host.address & 255) * 131 + process.length * 977 + process.charCodeAt(0) * 53) % 30_000);
  return { process, executable, parent, pid, app, user };
}
