import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Finding, type Health, type loadConfig, ok, retentionOf, warn } from '../server/index.ts';
import { levelsOnDisk } from '../store/index.ts';
import { span, withPrefix } from './human.ts';
import { alignTable } from './table.ts';

const DAY_MS = 86_400_000;

/** What a part of the store takes, with the names that JSON has. */
export interface DoctorLevel {
  readonly level: string;
  readonly bytes: number;
  readonly rows: number | null;
  readonly oldest: number | null;
  readonly newest: number | null;
  readonly bytes_a_day: number | null;
  readonly age_ms: number | null;
  readonly byte_limit: number | null;
  readonly at_full_age: number | null;
  /** What `retention_bytes` takes from it at full age. */
  readonly cut_bytes: number;
}

/** Of the node that runs, else of the store on disk; none where there is no store, or one whose manifest cannot be read (the node repairs it). */
export function doctorLevels(
  health: Health | undefined,
  data: string,
  config: ReturnType<typeof loadConfig>,
): readonly DoctorLevel[] {
  if (health) return (health.store as { levels?: readonly DoctorLevel[] }).levels ?? [];
  if (!existsSync(join(data, 'manifest.json'))) return [];
  try {
    return levelsOnDisk(data, retentionOf(config)).map((of) => {
      const { bytesADay, ageMs, byteLimit, atFullAge, cutBytes, ...level } = of;
      const bounds = { age_ms: ageMs, byte_limit: byteLimit };
      return { ...level, ...bounds, bytes_a_day: bytesADay, at_full_age: atFullAge, cut_bytes: cutBytes };
    });
  } catch {
    return [];
  }
}

const COLUMNS = [
  { title: 'level', align: 'left' },
  { title: 'now', align: 'right' },
  { title: 'rows', align: 'right' },
  { title: 'since', align: 'left' },
  { title: 'a day', align: 'right' },
  { title: 'age', align: 'right' },
  { title: 'at most', align: 'right' },
  { title: 'at full age', align: 'right' },
  { title: 'cut', align: 'right' },
] as const;

/** Whether history at full age and the share of records fit into the store; how long records are kept where they end before their age. */
export function retentionFindings(levels: readonly DoctorLevel[], retentionBytes: number): Finding[] {
  const cut = levels.filter((l) => l.cut_bytes > 0 && l.level !== 'raw');
  const bound = `retention_bytes (${withPrefix(retentionBytes, 'B')})`;
  if (cut.length > 0) {
    const sizes = cut.map((l) => {
      const left = l.at_full_age ?? l.bytes - l.cut_bytes;
      return `${l.level} keeps ${withPrefix(left, 'B')} of ${withPrefix(left + l.cut_bytes, 'B')}`;
    });
    const missing = cut.reduce((n, l) => n + l.cut_bytes, 0);
    return [
      warn(
        'retention',
        `history at full age, and the tenth that records keep, are more than ${bound}: ${sizes.join(', ')}`,
        `raise retention_bytes by ${withPrefix(missing, 'B')}, or shorten the ages of history (retention_1m_age and so on)`,
      ),
    ];
  }
  const raw = levels.find((l) => l.level === 'raw');
  if (!raw?.cut_bytes || !raw.bytes_a_day || raw.at_full_age === null) return [];
  const days = span((raw.at_full_age / raw.bytes_a_day) * DAY_MS);
  return [ok('retention', `records will be kept for about ${days}: that is what history leaves of ${bound}`)];
}

/** A table of them, with the sum of what is known; that of all never passes `retention_bytes`. */
export function renderLevels(levels: readonly DoctorLevel[], retentionBytes: number): string {
  if (levels.length === 0) return '';
  const size = (bytes: number | null) => (bytes === null ? '' : withPrefix(bytes, 'B'));
  const cells = levels.map((level) => [
    level.level,
    size(level.bytes),
    level.rows === null ? '' : withPrefix(level.rows, ''),
    level.oldest === null ? '' : new Date(level.oldest).toISOString().slice(0, 16).replace('T', ' '),
    size(level.bytes_a_day),
    level.age_ms === null ? '' : span(level.age_ms),
    size(level.byte_limit),
    size(level.at_full_age),
    level.cut_bytes > 0 ? size(level.cut_bytes) : '',
  ]);
  const sum = (of: (level: DoctorLevel) => number) => levels.reduce((n, level) => n + of(level), 0);
  // A part that nobody can tell of counts as it is now: all of them take at least that.
  const isKnown = levels.every((l) => l.at_full_age !== null || l.bytes === 0);
  const total = [
    'total',
    size(sum((l) => l.bytes)),
    '',
    '',
    size(sum((l) => l.bytes_a_day ?? 0)),
    '',
    size(retentionBytes),
    `${isKnown ? '' : 'at least '}${size(sum((l) => l.at_full_age ?? l.bytes))}`,
    size(sum((l) => l.cut_bytes)),
  ];
  const columns = COLUMNS.filter(({ title }) => title !== 'cut' || levels.some((l) => l.cut_bytes > 0));
  return `\ndisk now and at full age\n${alignTable(columns, cells, [total]).join('\n')}\n`;
}
