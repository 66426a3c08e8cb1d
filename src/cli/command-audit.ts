import { addFormat, askNode, type FormatFlags, printList } from './access-call.ts';
import { addAnswererFlags } from './client.ts';
import { newCommand, parseCountUpTo, withExamples } from './command-line.ts';
import type { Command } from './commander.ts';

interface Entry {
  readonly at: number;
  readonly who: string;
  readonly via: string;
  readonly from: string;
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  readonly limit?: string;
  readonly asked?: Readonly<Record<string, unknown>>;
  readonly rows?: number;
  readonly left_out?: number;
}

interface Flags extends FormatFlags {
  readonly limit: number;
  readonly who?: string;
}

const MOST = 10_000;

/** Who asked and changed what. */
export function auditCommand(): Command {
  const command = newCommand('audit')
    .option('--limit <n>', 'entries, the newest first', parseCountUpTo('--limit', MOST), 50)
    .option('--who <name>', 'of this user alone');
  addAnswererFlags(addFormat(command));
  withExamples(command, 'weir audit', 'weir audit --who vera --limit 500 --format json');
  return command.action(async (flags: Flags) => {
    const who = flags.who === undefined ? '' : `&who=${encodeURIComponent(flags.who)}`;
    const path = `/api/v1/audit?limit=${flags.limit}${who}`;
    const answer = await askNode<{ entries: readonly Entry[] }>(flags, { method: 'GET', path });
    const titles = ['at', 'who', 'from', 'route', 'status', 'rows', 'ms', 'asked', 'limit'];
    await printList(flags, answer, titles, answer.entries.map(rowOf));
  });
}

function rowOf(e: Entry): string[] {
  const asked = Object.entries(e.asked ?? {}).map(([key, value]) => `${key}=${value}`);
  return [
    new Date(e.at).toISOString().slice(0, 19).replace('T', ' '),
    e.who || '-',
    e.from || e.via,
    `${e.method} ${e.route}`,
    String(e.status),
    String(e.rows ?? '-'),
    String(e.ms),
    (asked.join(' ').slice(0, 100) || '-') +
      (e.left_out ? ` (${e.left_out} entries before this one were not written)` : ''),
    e.limit ?? '-',
  ];
}
