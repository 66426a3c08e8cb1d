import { type Column, columns, findColumn, virtualColumns } from '../flow/index.ts';
import { COMPUTED, type Computed } from './computed.ts';
import { columnField, type FilterNode, numberIs, TRUE } from './node.ts';

/** What a phrase of the language stands for. */
export type Target =
  /** One or two fields; a comparison is asked of each and joined by `join`, and `imply` must hold as well. */
  | {
      readonly kind: 'fields';
      readonly fields: readonly Field[];
      readonly join: 'and' | 'or';
      readonly imply?: FilterNode;
      readonly meaning: string;
      /** `flags SA` without a comparator asks for bits, see nfdump. */
      readonly bits?: true;
    }
  /** A phrase that is a filter by itself: `any`, `ipv4`. */
  | { readonly kind: 'whole'; readonly node: FilterNode; readonly meaning: string };

export type Field = { readonly column: Column } | { readonly computed: Computed };

/** Phrases in lower case with single spaces. Two meanings of one phrase are tried in turn: nfdump's comes first. */
export interface Vocabulary {
  readonly phrases: ReadonlyMap<string, readonly Target[]>;
  /** Words of the longest phrase. */
  readonly longest: number;
}

/**
 * Derives the vocabulary from a column table: names, aliases, computed fields, nfdump's own words, and for each pair of
 * columns `src_X` and `dst_X` (or `in_X` and `out_X`) the phrases `X`, `src X`, `dst X`, `src or dst X` and `src and dst X`.
 */
function vocabularyOf(table: readonly Column[]): Vocabulary {
  const phrases = new Map<string, Target[]>();
  const enter = (phrase: string, target: Target) => {
    const known = phrases.get(phrase.toLowerCase());
    if (!known) phrases.set(phrase.toLowerCase(), [target]);
    else if (!known.some((t) => sameTarget(t, target))) known.push(target);
  };
  const words = nfdumpWords(table);
  for (const [phrase, target] of words) enter(phrase, target);
  for (const c of table) enter(c.name, single({ column: c }, c.meaning));
  for (const c of COMPUTED) enter(c.name, single({ computed: c }, c.meaning));
  for (const c of table)
    for (const alias of c.aliases ?? []) if (!words.has(alias)) enter(alias, single({ column: c }, c.meaning));
  for (const c of COMPUTED) for (const alias of c.aliases) enter(alias, single({ computed: c }, c.meaning));
  // Before the pairs: `site` is that of the end at home, as the dimension is, and not any of the two.
  for (const c of virtualColumns) enter(c.name, single({ column: c }, c.meaning));
  for (const pair of pairsOf(table))
    for (const [phrase, target] of pairPhrases(pair)) if (!phrases.has(phrase)) enter(phrase, target);
  return { phrases, longest: Math.max(...[...phrases.keys()].map((p) => p.split(' ').length)) };
}

/** nfdump's words whose meaning is more than one column's value. Only those whose columns the table has. */
function nfdumpWords(table: readonly Column[]): Map<string, Target> {
  const has = (...names: string[]) => names.every((n) => table.some((c) => c.name === n));
  const words = new Map<string, Target>();
  words.set('any', { kind: 'whole', node: TRUE, meaning: 'every flow' });
  if (has('src_addr', 'dst_addr')) {
    for (const word of ['ipv4', 'inet'])
      words.set(word, { kind: 'whole', node: FAMILY.v4, meaning: 'both addresses are IPv4' });
    for (const word of ['ipv6', 'inet6'])
      words.set(word, { kind: 'whole', node: FAMILY.v6, meaning: 'both addresses are IPv6' });
  }
  for (const pair of pairsOf(table)) {
    for (const stem of PAIR_WORDS[pair.stem] ?? [])
      for (const [p, t] of pairPhrases({ ...pair, stem })) words.set(p, t);
  }
  for (const [word, names] of Object.entries(SEVERAL)) {
    if (has(...names)) words.set(word, anyOf(names));
  }
  if (has('tcp_flags', 'protocol')) {
    words.set('flags', {
      ...single({ column: findColumn('tcp_flags')! }, 'TCP flags, of TCP flows only'),
      imply: TCP,
      bits: true,
    });
  }
  for (const name of ['icmp_type', 'icmp_code'] as const) {
    if (!has(name, 'protocol')) continue;
    const column = findColumn(name)!;
    words.set(name.replace('_', '-'), {
      ...single({ column }, `${column.meaning}, of ICMP and ICMPv6 flows only`),
      imply: ICMP,
    });
  }
  return words;
}

/** nfdump's words for columns that are there for each side. */
const PAIR_WORDS: Readonly<Record<string, readonly string[]>> = {
  addr: ['ip', 'host', 'net'],
  nat_addr: ['nip', 'xip'],
  nat_port: ['nport', 'xport'],
};

/** nfdump's words that one or several columns fulfil, and that no pair of columns has the name of. */
const SEVERAL: Readonly<Record<string, readonly string[]>> = {
  vlan: ['vlan', 'out_vlan'],
  'in mac': ['src_mac', 'dst_mac'],
  'in src mac': ['src_mac'],
  'in dst mac': ['dst_mac'],
  'mpls any': ['mpls_label', 'mpls_label2', 'mpls_label3'],
  flowdir: ['flow_direction'],
  'nat event': ['nat_event'],
  'asa event': ['fw_event'],
  'ingress vrf': ['vrf'],
};

function anyOf(names: readonly string[]): FieldsTarget {
  const found = names.map((name) => findColumn(name)!);
  const meaning = found.map((c) => c.meaning).join(' or ');
  return { kind: 'fields', fields: found.map((column) => ({ column })), join: 'or', meaning };
}

type FieldsTarget = Extract<Target, { kind: 'fields' }>;

function single(field: Field, meaning: string): FieldsTarget {
  return { kind: 'fields', fields: [field], join: 'or', meaning };
}

interface Pair {
  readonly stem: string;
  readonly sides: readonly [string, string];
  readonly first: Column;
  readonly second: Column;
}

function pairsOf(table: readonly Column[]): Pair[] {
  return (['src dst', 'in out'] as const).flatMap((sides) => {
    const [one, other] = sides.split(' ') as [string, string];
    return table.flatMap((first): Pair[] => {
      if (!first.name.startsWith(`${one}_`)) return [];
      const stem = first.name.slice(one.length + 1);
      const second = table.find((c) => c.name === `${other}_${stem}` && c.type === first.type);
      return second ? [{ stem, sides: [one, other], first, second }] : [];
    });
  });
}

function pairPhrases({ stem, sides: [one, other], first, second }: Pair): [string, Target][] {
  const fields = [{ column: first }, { column: second }];
  const both = (join: 'and' | 'or'): Target => {
    return { kind: 'fields', fields, join, meaning: `${first.meaning} ${join} ${second.meaning}` };
  };
  const phrases: [string, Target][] = [
    [`${one} ${stem}`, single({ column: first }, first.meaning)],
    [`${other} ${stem}`, single({ column: second }, second.meaning)],
    [stem, both('or')],
  ];
  if (one !== 'src') return phrases;
  for (const join of ['or', 'and'] as const) {
    phrases.push([`src ${join} dst ${stem}`, both(join)], [`dst ${join} src ${stem}`, both(join)]);
  }
  return phrases;
}

function sameTarget(a: Target, b: Target): boolean {
  return a.kind === 'fields' && b.kind === 'fields' && fieldNames(a) === fieldNames(b);
}

function fieldNames(target: FieldsTarget): string {
  return target.fields.map(fieldName).join(` ${target.join} `);
}

export function fieldName(field: Field): string {
  return 'column' in field ? field.column.name : field.computed.name;
}

const TCP = numberIs(columnField('protocol'), 6n);
const ICMP = numberIs(columnField('protocol'), 1n, 58n);
const V4 = { low: [0, 0, 0xffff, 0], high: [0, 0, 0xffff, 0xffff_ffff] } as const;
const V6 = [
  { low: [0, 0, 0, 1], high: [0, 0, 0xfffe, 0xffff_ffff] },
  { low: [0, 0, 0x1_0000, 0], high: [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff] },
] as const;
/** An address that is not known (all bits zero) belongs to neither family. */
const FAMILY = {
  v4: bothAddresses([V4]),
  v6: bothAddresses(V6),
};

function bothAddresses(ranges: Extract<FilterNode, { kind: 'address' }>['ranges']): FilterNode {
  const of = ['src_addr', 'dst_addr'].map(
    (name): FilterNode => ({ kind: 'address', column: findColumn(name)!, ranges }),
  );
  return { kind: 'and', of };
}

let current: Vocabulary | undefined;

/** The vocabulary of the column table, made when it is first needed. */
export function vocabulary(): Vocabulary {
  current ??= vocabularyOf(columns);
  return current;
}
