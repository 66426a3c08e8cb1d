import { existsSync, readFileSync } from 'node:fs';
import { WeirError } from '../base/index.ts';
import { type FilterSets, parseFilter } from '../filter/index.ts';
import { APPLICATIONS } from '../flow/index.ts';
import { readScheme, type SchemeFile, shippedNames } from '../label/index.ts';
import { NAME, NAME_IS } from './naming-setting.ts';
import { nearestWord } from './units.ts';

/** A mistake in what settings say of names, and where: the setting, and the way within it. */
export interface NamingMistake {
  readonly path: readonly [string, ...(string | number)[]];
  readonly message: string;
}

/** The settings of names: as they were read, or as they were written where another mistake is in them, so that all mistakes are told together. */
export type NamingGiven = Readonly<
  Record<'category_scheme' | 'applications' | 'services' | 'processes' | 'categories' | 'label_rules', unknown>
>;

type Kind = 'applications' | 'services';

/**
 * Names that stand for nothing: what nobody declared does nothing, or names flows as no other part of the configuration does. Declaring costs a line: `applications: {till: {}}`. `schemePath`: what `category_scheme` was given as; `sets`: those of filters, null where
 * they are not known because of another mistake.
 */
export function namingMistakes(given: NamingGiven, schemePath: unknown, sets: FilterSets | null): NamingMistake[] {
  const mistakes: NamingMistake[] = [];
  const known = knownNames(given);
  const say = (path: NamingMistake['path'], message: string) => mistakes.push({ path, message });
  const named = (path: NamingMistake['path'], kind: Kind, name: unknown) => {
    if (typeof name === 'string' && !known[kind].has(name)) say(path, unknownName(kind, name, known[kind]));
  };
  const category = (path: NamingMistake['path'], name: unknown) => {
    if (typeof name !== 'string' || known.categories.has(name)) return;
    say(
      path,
      `there is no category ${name}${meantBy(name, [...known.categories])}; a new one is told by \`categories: {${name}: []}\``,
    );
  };
  for (const kind of ['applications', 'services'] as const)
    for (const [name, said] of entriesOf(given[kind])) {
      if (!NAME.test(name)) say([kind, name], `is no name: those are ${NAME_IS}`);
      category([kind, name, 'category'], fieldOf(said, 'category'));
    }
  for (const [name, said] of entriesOf(given.processes)) {
    named(['processes', name, 'application'], 'applications', fieldOf(said, 'application'));
    named(['processes', name, 'service'], 'services', fieldOf(said, 'service'));
  }
  for (const [name, list] of entriesOf(given.categories))
    wordsOf(list).forEach((word, i) => {
      if (known.applications.has(word) || known.services.has(word)) return;
      const all = [...known.applications, ...known.services];
      say(['categories', name, i], `there is no application or service ${word}${meantBy(word, all)}`);
    });
  listOf(given.label_rules).forEach((rule, i) => {
    const problem = filterProblem(fieldOf(rule, 'filter'), sets);
    if (problem !== null) say(['label_rules', i, 'filter'], problem);
    named(['label_rules', i, 'application'], 'applications', fieldOf(rule, 'application'));
    named(['label_rules', i, 'service'], 'services', fieldOf(rule, 'service'));
    category(['label_rules', i, 'category'], fieldOf(rule, 'category'));
  });
  for (const message of schemeMistakes(schemePath, known)) say(['category_scheme'], message);
  return mistakes;
}

/** The place in the filter, what was expected there and the nearest word; null where nothing is wrong. */
function filterProblem(filter: unknown, sets: FilterSets | null): string | null {
  if (typeof filter !== 'string') return null;
  try {
    parseFilter(filter, { sets: sets ?? ANY_SETS });
    return null;
  } catch (error) {
    const message = error instanceof WeirError ? error.message : String(error);
    const hasHome = sets === null || 'home' in sets;
    return hasHome || !/@home\b/.test(filter) ? message : `${message}: set \`home\` or \`sites\``;
  }
}

/** What is inside is wrong, which is told: for filters it is something. */
const ANY_SETS: FilterSets = { home: ['0.0.0.0/0'] };

interface KnownNames extends Readonly<Record<Kind, ReadonlySet<string>>> {
  readonly categories: ReadonlySet<string>;
}

function knownNames(given: NamingGiven): KnownNames {
  const { services, categories } = shippedNames();
  const { category_scheme: scheme } = given;
  const file = typeof scheme === 'string' ? categories[scheme] : (scheme as SchemeFile | undefined);
  const { other = [], unknown = [], service_categories: ofServices } = file ?? {};
  return {
    applications: new Set([...APPLICATIONS.map((a) => a.name), ...namesIn(given.applications)]),
    services: new Set([...Object.keys(services), ...namesIn(given.services)]),
    categories: new Set([
      ...Object.keys(file?.categories ?? {}),
      ...[other, unknown].flat(),
      ...(ofServices ? Object.values(services).flatMap((s) => s.category ?? []) : []),
      ...entriesOf(given.categories).map(([name]) => name),
    ]),
  };
}

/** All that is wrong in the file of a scheme, by line, names that stand for nothing included. */
function schemeMistakes(path: unknown, known: KnownNames): readonly string[] {
  if (typeof path !== 'string' || Object.hasOwn(shippedNames().categories, path) || !existsSync(path)) return [];
  const read = readScheme(readFileSync(path, 'utf8'), path, (kind, name) =>
    known[kind].has(name) ? null : unknownName(kind, name, known[kind]),
  );
  return 'name' in read ? [] : read;
}

function unknownName(kind: Kind, name: string, known: ReadonlySet<string>): string {
  const one = kind.slice(0, -1);
  const meant = meantBy(name, [...known]);
  return `there is no ${one} ${name}${meant}; a new one is told by \`${kind}: {${name.toLowerCase()}: {}}\``;
}

function meantBy(word: string, known: readonly string[]): string {
  const nearest = nearestWord(word, known);
  return nearest === undefined ? '' : ` (did you mean ${nearest}?)`;
}

const entriesOf = (value: unknown): [string, unknown][] =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
const namesIn = (value: unknown): string[] => entriesOf(value).flatMap(([name]) => (NAME.test(name) ? name : []));
const fieldOf = (value: unknown, name: string): unknown => entriesOf(value).find(([key]) => key === name)?.[1];
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const wordsOf = (value: unknown): string[] => listOf(value).filter((word) => typeof word === 'string');
