import { readFileSync } from 'node:fs';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { WeirError, whyUnreadable } from '../../base/index.ts';
import type { PolicyFile } from './policy-rule.ts';
import { policySchema, tierMistakes } from './policy-schema.ts';

/** No policy is longer; a wrong file may be endless. */
const MOST_CHARACTERS = 1_000_000;

/** Reads a policy. Raises WeirError `config` that lists every mistake, each with its line and what was expected. */
export function readPolicyFile(path: string): PolicyFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new WeirError('config', `${path}: ${whyUnreadable(error)}`, { cause: error });
  }
  return parsePolicy(text, path);
}

/** Reads the text of a policy; `path` is named in errors. */
export function parsePolicy(text: string, path: string): PolicyFile {
  if (text.length > MOST_CHARACTERS) throw refusal(path, [`${path}: longer than a policy`]);
  const lines = new LineCounter();
  // A million aliases are a few lines: none is needed here.
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const broken = document.errors.map((e) => `${path}: line ${e.linePos?.[0].line ?? '?'}: ${e.message.split('\n')[0]}`);
  if (broken.length > 0) throw refusal(path, broken);
  const content = contentOf(document, path);
  const result = policySchema.safeParse(content);
  const mistakes = [...(result.error?.issues ?? []), ...tierMistakes(content)];
  if (!result.success || mistakes.length > 0) {
    const told = mistakes.map(({ path: at, message }) => {
      const line = lineOf(document, lines, at);
      return { line, text: `${path}: line ${line}: ${placeOf(at)}${message}` };
    });
    throw refusal(
      path,
      told.sort((a, b) => a.line - b.line).map((t) => t.text),
    );
  }
  const { tiers, key, rules } = result.data;
  return {
    tiers,
    key: key ?? null,
    rules: rules.map(({ name, match, directions, time, trust, actions }, i) => ({
      name: name ?? `rule ${i + 1}`,
      match: match.node,
      filter: match.text,
      bothDirections: directions === 'both',
      time: time ?? null,
      tier: trust === undefined ? null : tiers.findIndex((t) => t.name === trust),
      actions,
    })),
  };
}

function contentOf(document: Document, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (error) {
    throw refusal(path, [`${path}: ${(error as Error).message}`]);
  }
}

function refusal(path: string, problems: readonly string[]): WeirError {
  const heading = problems.length === 1 ? 'the policy is wrong:' : `the policy has ${problems.length} mistakes:`;
  return new WeirError('config', `${heading}\n${problems.map((p) => `  ${p}`).join('\n')}`, {
    details: { file: path, problems },
  });
}

/** The line of what stands there, or of the innermost that holds it. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

/** `rules[2].actions[0]: ` */
function placeOf(path: readonly PropertyKey[]): string {
  const place = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return place === '' ? '' : `${place.replace(/^\./, '')}: `;
}
