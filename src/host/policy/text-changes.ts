import { columns, kindOfNames, type Pseudonyms } from '../../flow/index.ts';
import { numberOfUnnamed } from '../../system/index.ts';
import { mentions, withoutAccounts, withPseudonym } from './mentions.ts';
import { REMOVABLE } from './policy-rule.ts';
import type { MutableFlow } from './record-row.ts';
import type { RecordEffects } from './rule-effects.ts';

const USER = 1 << REMOVABLE.indexOf('user');
export const TEXTS: readonly string[] = columns.filter((c) => c.type === 'text').map((c) => c.name);
/** What is written: all texts, and the other columns that can be removed. */
const WRITTEN: readonly string[] = [...new Set([...TEXTS, ...REMOVABLE])];
/** Records whose names are alike are changed alike: so many combinations are remembered. */
const MEMORY = 4_096;

type Value = MutableFlow[string];

/** Takes columns out of records and puts pseudonyms into them; what is taken out of one does not stay in another one. */
export class TextChanges {
  private readonly names: Pseudonyms | null;
  private readonly known = new Map<string, readonly Value[]>();

  constructor(names: Pseudonyms | null) {
    this.names = names;
  }

  make(flow: MutableFlow, { removed, pseudonyms }: RecordEffects): void {
    if ((removed | pseudonyms) === 0) return;
    // With the length of each: texts may hold any character, and none must pass for the border of two.
    let key = `${removed} ${pseudonyms}`;
    for (let i = 0; i < WRITTEN.length; i++) {
      const value = flow[WRITTEN[i]!];
      if (typeof value === 'string') key += ` ${value.length}:${value}`;
      else key += typeof value === 'number' ? ` ${value}` : ' ';
    }
    let values = this.known.get(key);
    if (values === undefined) {
      values = this.changed(flow, removed, pseudonyms);
      if (this.known.size >= MEMORY) this.known.clear();
      this.known.set(key, values);
    }
    for (let i = 0; i < WRITTEN.length; i++) {
      const column = WRITTEN[i]!;
      // Words, as addresses and MACs are: they are removed or stay, and are not in the key.
      if (typeof flow[column] === 'object') this.removeWords(flow, column, removed);
      else if (flow[column] !== values[i]) flow[column] = values[i];
    }
  }

  private removeWords(flow: MutableFlow, column: string, removed: number): void {
    const at = (REMOVABLE as readonly string[]).indexOf(column);
    if (at >= 0 && (removed & (1 << at)) !== 0) flow[column] = undefined;
  }

  /** The values of WRITTEN as they are to be. */
  private changed(given: MutableFlow, removed: number, pseudonyms: number): readonly Value[] {
    const flow: MutableFlow = Object.fromEntries(WRITTEN.map((column) => [column, given[column]]));
    if (((removed | pseudonyms) & USER) !== 0) hideAccounts(flow);
    const taken: { value: string; pseudonym: string | null }[] = [];
    REMOVABLE.forEach((column, i) => {
      const bit = 1 << i;
      const value = flow[column];
      if (((removed | pseudonyms) & bit) === 0 || value === undefined || value === '' || typeof value === 'object')
        return;
      const text = String(value);
      const pseudonym = (removed & bit) === 0 ? this.names!.of(kindOfNames(column), text) : null;
      flow[column] = pseudonym ?? undefined;
      taken.push({ value: text, pseudonym });
      // Where there is no name, the number alone says as much: rootless-1000.
      const number = column === 'user' ? numberOfUnnamed(text) : null;
      if (number !== null) taken.push({ value: number, pseudonym });
    });
    const made = new Set(taken.map((t) => t.pseudonym));
    for (const { value, pseudonym } of taken) {
      for (const column of TEXTS) {
        const text = flow[column];
        if (typeof text !== 'string' || made.has(text) || !mentions(text, value)) continue;
        flow[column] = pseudonym === null ? undefined : withPseudonym(text, value, pseudonym);
      }
    }
    return WRITTEN.map((column) => flow[column]);
  }
}

/** Numbers of accounts in names of units and in paths tell the user as well. */
function hideAccounts(flow: MutableFlow): void {
  for (const column of TEXTS) {
    const text = flow[column];
    if (typeof text === 'string' && column !== 'user') flow[column] = withoutAccounts(text);
  }
}
