import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Health, type loadConfig, retentionOf } from '../server/index.ts';
import { levelsOnDisk } from '../store/index.ts';
import { span, withPrefix } from './human.ts';
import { alignTable } from './table.ts';

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
    return levelsOnDisk(data, retentionOf(config)).map(({ bytesADay, ageMs, byteLimit, atFullAge, ...level }) => {
      return { ...level, bytes_a_day: bytesADay, age_ms: ageMs, byte_limit: byteLimit, at_full_age: atFullAge };
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
] as const;

/** A table of them, with the sum of what is known. */
export function renderLevels(levels: readonly DoctorLevel[]): string {
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
  ]);
  const sum = (of: (level: DoctorLevel) => number) =>
    withPrefix(
      levels.reduce((n, level) => n + of(level), 0),
      'B',
    );
  const total = [
    'total',
    sum((l) => l.bytes),
    '',
    '',
    sum((l) => l.bytes_a_day ?? 0),
    '',
    '',
    sum((l) => l.at_full_age ?? l.bytes),
  ];
  return `\ndisk now and at full age\n${alignTable(COLUMNS, cells, [total]).join('\n')}\n`;
}
