// Shared by the benchmarks of labels: conversations of what a store has, and how they are counted.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { main } from './programs.mjs';

const MOST_RECORDS = 1_000_000;

/** Both directions of a conversation are one: its protocol and ends, each `address port`. */
export const keyOf = (protocol, a, b) => `${protocol} ${[a, b].sort().join(' ')}`;

/** Records of TCP and UDP that are stored in a folder, or that the node which runs there has. */
export async function storedRecords(data) {
  const question = ['flows', '--from', 'all', '--limit', MOST_RECORDS, '--duplicates', 'all', '--format', 'jsonl'];
  const { stdout } = await promisify(execFile)(process.execPath, [main, ...question.map(String), '--data', data], {
    maxBuffer: 1 << 30,
  });
  const records = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  return records
    .filter(({ protocol }) => protocol === 6 || protocol === 17)
    .map((record) => ({
      ...record,
      key: keyOf(
        record.protocol,
        `${record.src_addr} ${record.src_port ?? 0}`,
        `${record.dst_addr} ${record.dst_port ?? 0}`,
      ),
    }));
}

/**
 * What each conversation of records is called. Records of it may differ, since it was cut or told by several: the name is the one that stands at most of its bytes, and of
 * names with as many the one whose first record came first. No name is one of them.
 */
export function conversations(records) {
  const flows = new Map();
  for (const record of records) {
    const { key, application = '', application_evidence: evidence = 'none', service = '', bytes } = record;
    const named = flows.get(key) ?? [];
    const same = named.find((n) => n.application === application && n.evidence === evidence);
    if (same) Object.assign(same, { bytes: same.bytes + bytes, service: same.service || service });
    else named.push({ application, evidence, service, bytes });
    flows.set(key, named);
  }
  return new Map([...flows].map(([key, named]) => [key, prevailing(named)]));
}

function prevailing(named) {
  const bytes = named.reduce((sum, n) => sum + n.bytes, 0);
  const [most] = named.sort((a, b) => b.bytes - a.bytes);
  return { ...most, bytes, service: named.find(({ service }) => service !== '')?.service ?? '' };
}

export const share = (part, rest) => (part + rest === 0 ? null : part / (part + rest));

/** Counts of flows and bytes by verdict. */
export class Score {
  counts = {};
  add(verdict, bytes) {
    const entry = this.counts[verdict] ?? { flows: 0, bytes: 0 };
    this.counts[verdict] = { flows: entry.flows + 1, bytes: entry.bytes + bytes };
  }
  of(verdict, unit) {
    return this.counts[verdict]?.[unit] ?? 0;
  }
  /** Part of what has a name that has the right one. */
  right(unit) {
    return share(this.of('right', unit), this.of('wrong', unit));
  }
}
