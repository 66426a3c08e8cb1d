import { parseFilter, referencedColumns } from '../filter/index.ts';
import {
  type Explanation,
  filterSets,
  type LabelOptions,
  NO_NAMING,
  ruleInWords,
  rulesNaming,
  whyRule,
} from '../label/index.ts';

/** What rules write: of a filter that reads one of these nobody can say any more whether it held. */
const WRITTEN = /^(application|service|category)(_evidence)?$/;

/** So many filters are asked at most: each is a question to the store. */
const MOST_ASKED = 10;

/**
 * Where several rules give a name, the one that gave it: the first whose filter holds for the record. `holds` asks the store. What cannot be told stays as it is.
 */
export async function withDecidingRule(
  name: Explanation,
  { networks, naming = NO_NAMING }: LabelOptions,
  holds: (filter: string) => Promise<boolean>,
): Promise<Explanation> {
  const candidates = rulesNaming(naming, name.name, name.value);
  if (candidates.length < 2 || name.because !== whyRule(candidates)) return name;
  const sets = filterSets(networks);
  for (const candidate of candidates.slice(0, MOST_ASKED)) {
    const { filter } = candidate.rule;
    const columns = [...referencedColumns(parseFilter(filter, { sets }))];
    if (columns.some((column) => WRITTEN.test(column))) return name;
    if (await holds(filter))
      return { ...name, because: `${ruleInWords(candidate)} names it so: it is the first that holds` };
  }
  return name;
}
