import { z } from 'zod';
import { quoted, WeirError } from '../base/index.ts';
import { type FilterNode, type FilterSets, parseFilter } from '../filter/index.ts';
import { type KnownNames, knownNames, type NamingSettings } from '../label/index.ts';
import { nearest } from '../query/index.ts';
import type { QueryService } from './query-service.ts';

export const NAME_KINDS = ['applications', 'services', 'categories', 'evidence'] as const;
export type NameKind = (typeof NAME_KINDS)[number];

const named = {
  name: z.string(),
  category: z.string().nullable().describe('in the scheme in use; null: in none'),
  own: z.boolean().describe('whether the configuration says something of it'),
};
const numbers = z.array(z.number().int()).readonly();

export const namesSchema = z.strictObject({
  scheme: z.string().describe('the scheme of categories'),
  applications: z
    .array(z.strictObject({ ...named, title: z.string().nullable(), tcp: numbers, udp: numbers, ip: numbers }))
    .readonly()
    .optional()
    .describe('protocols that are spoken, with the ports of their servers and IP protocols'),
  services: z
    .array(z.strictObject({ ...named, domains: z.array(z.string()).readonly() }))
    .readonly()
    .optional()
    .describe('who is used, with the ends of the names of their servers'),
  categories: z
    .array(z.strictObject({ name: z.string(), applications: z.number(), services: z.number() }))
    .readonly()
    .optional(),
  evidence: z
    .array(z.strictObject({ name: z.string(), meaning: z.string() }))
    .readonly()
    .optional()
    .describe('how names are known, the strongest first'),
});
export type NamesAnswer = z.output<typeof namesSchema>;

/** The names that flows can get, of one kind or of all. */
export function namesOf(naming: NamingSettings, kind?: NameKind): NamesAnswer {
  const { scheme, ...kinds } = knownNames(naming);
  return kind === undefined ? { scheme, ...kinds } : { scheme, [kind]: kinds[kind] };
}

/** Columns whose values are such names, and what one of these is called. */
const KIND_OF: Readonly<
  Record<string, { readonly kind: 'applications' | 'services' | 'categories'; readonly word: string }>
> = {
  application: { kind: 'applications', word: 'application' },
  service: { kind: 'services', word: 'service' },
  category: { kind: 'categories', word: 'category' },
};

/** More of them help nobody. */
const MOST_NOTES = 5;

/** The names that flows can get, as answers without rows are judged by; `naming` null: the configuration is not known, only the names that come with Weir. */
export interface NameNotes {
  readonly naming: NamingSettings | null;
  readonly sets?: FilterSets | undefined;
}

/** Answers of the service that have no rows say so where their filter names what no flow is called. */
export function withNameNotes(service: QueryService, options: NameNotes): QueryService {
  let known: KnownNames | null = null;
  const notesOn = (filter: string | undefined) => {
    known ??= knownNames(options.naming ?? {});
    return unknownNames(filter, known, options);
  };
  return {
    query: async (query, ask) => {
      const answer = await service.query(query, ask);
      return isNothing(answer.total) ? { ...answer, ...notesOn(query.filter) } : answer;
    },
    flows: async (query, ask) => {
      const answer = await service.flows(query, ask);
      const { header } = answer;
      return isNothing(header.total) ? { ...answer, header: { ...header, ...notesOn(query.filter) } } : answer;
    },
    report: (name, request, ask) => service.report(name, request, ask),
    export: (query, file, ask) => service.export(query, file, ask),
    running: () => service.running(),
    cancel: (id) => service.cancel(id),
  };
}

function isNothing(total: Readonly<Record<string, unknown>>): boolean {
  return Object.values(total).every((value) => !Number(value ?? 0));
}

function unknownNames(
  filter: string | undefined,
  known: KnownNames,
  { naming, sets }: NameNotes,
): { notes?: string[] } {
  if (filter === undefined || filter.trim() === '') return {};
  const asked = namesIn(nodeOf(filter, sets));
  const notes = asked.flatMap(({ column, value }) => noteOn(column, value, known, naming !== null));
  return notes.length === 0 ? {} : { notes: [...new Set(notes)].slice(0, MOST_NOTES) };
}

function nodeOf(filter: string, sets: FilterSets | undefined): FilterNode {
  try {
    return parseFilter(filter, sets ? { sets } : {});
  } catch (error) {
    // Who answered it knows sets that are not known here.
    if (error instanceof WeirError) return { kind: 'constant', value: true };
    throw error;
  }
}

function namesIn(node: FilterNode): { readonly column: string; readonly value: string }[] {
  switch (node.kind) {
    case 'and':
    case 'or':
      return node.of.flatMap(namesIn);
    case 'not':
      return namesIn(node.of);
    case 'text':
      return node.values.map((value) => ({ column: node.column.name, value }));
    default:
      return [];
  }
}

function noteOn(column: string, value: string, known: KnownNames, isConfigured: boolean): string[] {
  const of = KIND_OF[column];
  if (of === undefined || value === '') return [];
  const names = known[of.kind].map(({ name }) => name);
  if (names.includes(value)) return [];
  const [meant] = nearest(value, names);
  const among = isConfigured ? '' : ' that comes with Weir';
  return [
    `no ${of.word}${among} is called ${quoted(value)}${meant === undefined ? '' : `: did you mean ${meant}?`} (weir label list ${of.kind})`,
  ];
}
