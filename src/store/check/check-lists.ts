import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { asWeirError } from '../../base/index.ts';
import { isGapLine } from '../gap-file.ts';
import { readLastRun } from '../heartbeat.ts';
import type { Layout } from '../layout.ts';
import type { Checked, Finding } from './finding.ts';

interface List {
  readonly path: string;
  readonly isWhole: (value: unknown) => boolean;
  readonly will: string;
  readonly lost: string | null;
}

const ASIDE = 'it was put into quarantine/';

/** The small files beside the rows: of each, whether it can be read. */
export function checkLists(layout: Layout, checked: Checked): Finding[] {
  const member = (name: string) => (value: unknown) => Array.isArray((value as Record<string, unknown> | null)?.[name]);
  const lists: readonly List[] = [
    {
      path: layout.sources,
      isWhole: member('sources'),
      will: ASIDE,
      lost: 'the list of imports (their records are there)',
    },
    {
      path: layout.exporters,
      isWhole: Array.isArray,
      will: `${ASIDE}: exporters tell again what was in it`,
      lost: null,
    },
    {
      path: layout.streams,
      isWhole: member('streams'),
      will: ASIDE,
      lost: 'where sequences stood: what was sent while the node did not run is not counted',
    },
    {
      path: layout.expected,
      isWhole: member('exporters'),
      will: `${ASIDE}: how often exporters send is learnt again`,
      lost: null,
    },
  ];
  const found: Finding[] = [];
  for (const { path, isWhole, will, lost } of lists) {
    if (!existsSync(path)) continue;
    checked.lists += 1;
    const problem = whyUnreadable(path, isWhole);
    if (problem !== null) found.push({ what: basename(path), problem, fix: { kind: 'aside', left: null }, will, lost });
  }
  return [...found, ...checkHeartbeat(layout, checked), ...checkGaps(layout, checked)];
}

function whyUnreadable(path: string, isWhole: (value: unknown) => boolean): string | null {
  try {
    return isWhole(JSON.parse(readFileSync(path, 'utf8'))) ? null : 'it does not have what it should have';
  } catch (error) {
    return `cannot be read: ${asWeirError(error).message}`;
  }
}

function checkHeartbeat({ heartbeat }: Layout, checked: Checked): Finding[] {
  if (!existsSync(heartbeat)) return [];
  checked.lists += 1;
  if (readLastRun(heartbeat)) return [];
  const lost = 'when the node was alive last: since when nothing was measured is taken from the records';
  const fix = { kind: 'aside', left: null } as const;
  return [{ what: basename(heartbeat), problem: 'cannot be read', fix, will: ASIDE, lost }];
}

function checkGaps({ gaps }: Layout, checked: Checked): Finding[] {
  if (!existsSync(gaps)) return [];
  checked.lists += 1;
  const lines = readFileSync(gaps, 'utf8').split('\n');
  const torn = lines.pop()!;
  const good = lines.filter((line) => line === '' || isGapLine(line));
  const bad = lines.length - good.length;
  if (bad === 0 && torn === '') return [];
  return [
    {
      what: basename(gaps),
      problem: `${bad + Number(torn !== '')} of its lines cannot be read`,
      fix: { kind: 'aside', left: good.map((line) => `${line}\n`).join('') },
      will: `${ASIDE} and written again without them`,
      lost: bad > 0 ? `${bad} times without measurement: they look like times without traffic` : null,
    },
  ];
}
