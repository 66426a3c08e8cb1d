import { createRequire } from 'node:module';
import type { Node, YAMLMap } from 'yaml';
import type { SchemeFile } from './scheme.ts';

const KEYS = ['name', 'other', 'unknown', 'service_categories', 'categories'];
const LISTS = ['applications', 'services'] as const;

/** What is wrong with a name of a list; null: nothing. */
type CheckName = (kind: 'applications' | 'services', name: string) => string | null;

/** The scheme in a text, or every mistake in it, each with its line. */
export function readScheme(text: string, file: string, checkName?: CheckName): SchemeFile | readonly string[] {
  const { isMap, isScalar, isSeq, LineCounter, parseDocument } = createRequire(import.meta.url)(
    'yaml',
  ) as typeof import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const problems: string[] = [];
  const say = (node: unknown, what: string) => {
    const line = lines.linePos((node as Node | null)?.range?.[0] ?? 0).line;
    problems.push(`${file}: line ${line}: ${what}`);
  };
  for (const error of document.errors)
    problems.push(`${file}: line ${error.linePos?.[0].line ?? '?'}: ${error.message.split('\n')[0]}`);
  // What is written twice leaves the rest to be read; what is no YAML does not.
  if (document.errors.some((error) => error.code !== 'DUPLICATE_KEY')) return problems;
  const root = document.contents;
  if (!isMap(root)) return [`${file}: expected a mapping with name and categories`];

  const text_ = (node: unknown, what: string): void => {
    if (!isScalar(node) || typeof node.value !== 'string' || node.value.trim() === '') say(node, `expected ${what}`);
  };
  const pairs = (map: YAMLMap) => map.items.map((p) => ({ key: String(p.key), at: p.key, value: p.value }));
  for (const { key, at, value } of pairs(root)) {
    if (!KEYS.includes(key)) say(at, `unknown key ${key}; expected ${KEYS.join(', ')}`);
    else if (key === 'service_categories') {
      if (!isScalar(value) || typeof value.value !== 'boolean') say(value ?? at, 'expected true or false');
    } else if (key !== 'categories') text_(value, 'a name');
  }
  if (!root.has('name')) say(root, 'name is missing');
  const categories = root.get('categories', true);
  if (!isMap(categories)) say(categories ?? root, 'expected categories: a mapping of names to lists');
  else {
    const taken = new Map<string, string>();
    for (const { key: category, at, value } of pairs(categories)) {
      if (!isMap(value)) {
        say(value ?? at, `${category}: expected applications: [...] or services: [...]`);
        continue;
      }
      for (const { key: kind, at: kindAt, value: list } of pairs(value)) {
        const listed = LISTS.find((name) => name === kind);
        if (listed === undefined) say(kindAt, `${category}: unknown key ${kind}; expected ${LISTS.join(', ')}`);
        else if (!isSeq(list)) say(list ?? kindAt, `${category}: expected a list of ${kind}`);
        else
          for (const item of list.items) {
            const name = isScalar(item) ? String(item.value) : '';
            const other = taken.get(`${kind} ${name}`);
            if (other !== undefined) say(item, `${name} is in ${other} already`);
            else if (name === '') say(item, `${category}: expected a name`);
            const wrong = name === '' ? null : checkName?.(listed, name);
            if (wrong) say(item, `${category}: ${wrong}`);
            taken.set(`${kind} ${name}`, category);
          }
      }
    }
  }
  return problems.length > 0 ? problems : (document.toJS() as SchemeFile);
}
