import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { asWeirError } from '../../base/index.ts';
import { parseJournalName } from '../journal-format.ts';
import { JournalReader } from '../journal-reader.ts';
import type { Layout } from '../layout.ts';
import type { JournalPosition, ManifestState } from '../manifest.ts';
import type { Checked, Finding } from './finding.ts';

const READ_LATER = 'the node reads the rest when it starts, and names what is missing';

/** Reads the blocks of all journal files; what is in segments already is lost to nobody. */
export function checkJournals(layout: Layout, { journals }: ManifestState, checked: Checked): Finding[] {
  if (!existsSync(layout.journal)) return [];
  const names = readdirSync(layout.journal).filter((name) => parseJournalName(name) && !journals[name]?.done);
  checked.journals = names.length;
  return names.sort().flatMap((name) => checkJournal(layout, name, journals[name] ?? { offset: 0, skip: 0 }));
}

function checkJournal(layout: Layout, name: string, { offset }: JournalPosition): Finding[] {
  const what = `journal/${name}`;
  const gone = (problem: string, lost: string): Finding => {
    return { what, problem, fix: { kind: 'none' }, will: READ_LATER, lost };
  };
  let reader: JournalReader;
  try {
    reader = new JournalReader(join(layout.journal, name));
  } catch (error) {
    return [gone(`cannot be read: ${asWeirError(error).message}`, 'what is in it and in no segment')];
  }
  try {
    while (reader.next());
    const found: Finding[] = [];
    for (const { from, to, reason } of reader.damaged) {
      const problem = `bytes ${from} to ${to} cannot be read: ${reason}`;
      found.push(
        to > offset
          ? gone(problem, `the datagrams of ${to - from} bytes`)
          : { what, problem, fix: { kind: 'none' }, will: 'their records are in segments', lost: null, harmless: true },
      );
    }
    const { end, size } = reader;
    if (end.kind === 'damaged')
      found.push(gone(`from byte ${end.offset} on: ${end.reason}`, `the datagrams of ${size - end.offset} bytes`));
    if (end.kind === 'torn')
      found.push({
        what,
        problem: `ends within a block at byte ${end.offset} of ${size}, as a crash leaves it`,
        fix: { kind: 'none' },
        will: 'the node reads what is before',
        lost: null,
        harmless: true,
      });
    return found;
  } finally {
    reader.close();
  }
}
