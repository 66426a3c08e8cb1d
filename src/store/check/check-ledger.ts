import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { HOUR_MS, type Layout } from '../layout.ts';
import { readDayLine } from '../ledger-days.ts';
import { DAYS_FILE, hourOfFile, isLedgerFile, parseLines, readPart } from '../ledger-format.ts';
import { dayOf } from '../ledger-range.ts';
import type { ManifestState } from '../manifest.ts';
import type { Damage } from '../reader.ts';
import type { Checked, Finding } from './finding.ts';

/** Reads every line of the ledger. `known`: damage that was found before, which answers name. */
export function checkLedger(
  layout: Layout,
  { ledgers }: ManifestState,
  known: readonly Damage[],
  checked: Checked,
): Finding[] {
  const named = new Set(known.map((d) => d.file));
  const found = Object.entries(ledgers).flatMap(([file, length]) => checkHour(layout, file, length, named));
  checked.ledger = Object.keys(ledgers).length;
  if (existsSync(join(layout.ledger, DAYS_FILE))) {
    checked.ledger += 1;
    found.push(...checkDays(layout, ledgers));
  }
  return [...found, ...strays(layout, ledgers)];
}

function checkHour(layout: Layout, file: string, length: number, named: ReadonlySet<string>): Finding[] {
  const what = `ledger/${file}`;
  const path = join(layout.ledger, file);
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? null;
  const found: Finding[] = [];
  if (size !== null && size > length) {
    const problem = `has ${size - length} bytes more than the manifest says: a commit was cut off`;
    found.push({ what, problem, fix: { kind: 'open' }, will: 'they were cut off', lost: null });
  }
  const reason = whyNotWhole(path, size, length);
  if (reason === null || named.has(what)) return found;
  const hour = hourOfFile(file);
  const damage: Damage = { file: what, reason, rows: null, from: hour, to: hour + HOUR_MS - 1 };
  const will = 'what can be read of it counts, and answers about its hour name it';
  const lost = 'a part of the account of what was lost in that hour';
  found.push({ what, problem: reason, fix: { kind: 'note', damage }, will, lost });
  return found;
}

function whyNotWhole(path: string, size: number | null, length: number): string | null {
  if (size === null) return length > 0 ? 'the file is missing' : null;
  if (size < length) return `it has ${size} bytes, the manifest says ${length}`;
  return parseLines(readPart(path, 0, length).toString()).bad;
}

/** A line whose hours are there, or that a later one took the place of, says nothing that is not said elsewhere. */
function checkDays(layout: Layout, ledgers: ManifestState['ledgers']): Finding[] {
  const text = readFileSync(join(layout.ledger, DAYS_FILE), 'utf8');
  const lines = text.split('\n');
  // What is behind the last newline is nothing, or the piece of a line that a crash left.
  const torn = lines.pop() !== '';
  const good = lines.filter((line) => line === '' || readDayLine(line) !== null);
  if (good.length === lines.length && !torn) return [];
  const told = new Set(Object.keys(ledgers).map((file) => dayOf(hourOfFile(file))));
  for (const line of good) if (line !== '') told.add(readDayLine(line)!.day);
  const bad = lines.filter((line) => line !== '' && readDayLine(line) === null);
  const gone = bad.filter((line) => !told.has(Number(/^\{"day":(\d+),/.exec(line)?.[1] ?? Number.NaN)));
  return [
    {
      what: `ledger/${DAYS_FILE}`,
      problem: `${bad.length + Number(torn)} of its lines cannot be read`,
      fix: { kind: 'aside', left: good.map((line) => `${line}\n`).join('') },
      will: 'it was put into quarantine/ and written again without them',
      lost: gone.length > 0 ? `the account of what was lost on ${gone.length} days` : null,
    },
  ];
}

/** Files that no commit names. The other name of an hour is cleared away by opening the store. */
function strays(layout: Layout, ledgers: ManifestState['ledgers']): Finding[] {
  if (!existsSync(layout.ledger)) return [];
  const hours = new Set(Object.keys(ledgers).map(hourOfFile));
  return readdirSync(layout.ledger, { recursive: true, encoding: 'utf8' })
    .filter((file) => isLedgerFile(file) && !(file in ledgers))
    .map((file) => {
      const what = `ledger/${file}`;
      const problem = 'the manifest does not name it: a commit was cut off, or it has expired';
      return hours.has(hourOfFile(file))
        ? { what, problem, fix: { kind: 'open' }, will: 'it was removed: its hour has another file', lost: null }
        : { what, problem, fix: { kind: 'aside', left: null }, will: 'it was put into quarantine/', lost: null };
    });
}
