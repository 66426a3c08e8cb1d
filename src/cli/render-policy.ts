import type { PolicyAction, PolicyExample, PolicyFile, PolicyRule, TrialResult } from '../host/index.ts';
import { grouped, withPrefix } from './human.ts';
import { alignTable, printable } from './table.ts';

/** What a policy says, for a machine of one tier (its place in the list). */
export function renderPolicy(file: PolicyFile, tier: number, advice: readonly string[]): string {
  const { tiers, rules } = file;
  const applied = rules.filter((rule) => rule.tier === null || tier >= rule.tier);
  const columns = ['rule', 'for', 'does'].map((title) => ({ title, align: 'left' as const }));
  const lines = [
    ...(tiers.length > 0 ? [`tier: ${tiers[tier]!.name}`] : []),
    ...alignTable(columns, applied.map(ruleCells)),
    ...(applied.length < rules.length ? [`${rules.length - applied.length} more for other tiers`] : []),
    ...advice.map((text) => `note: ${printable(text)}`),
  ];
  return `${lines.join('\n')}\n`;
}

function ruleCells(rule: PolicyRule): string[] {
  const { name, filter, bothDirections, time, actions } = rule;
  const what = [filter, ...(bothDirections ? [] : ['one direction']), ...(time ? ['at its times'] : [])];
  return [name, what.join('; '), actions.map(actionWords).join(', ')];
}

function actionWords(action: PolicyAction): string {
  switch (action.kind) {
    case 'truncate':
      return `cuts ${action.ends.join(', ')} to /${action.ipv4} (IPv6 /${action.ipv6})`;
    case 'pseudonymise':
      return `pseudonyms of ${[...action.ends, ...action.columns].join(', ')}`;
    case 'remove':
      return `removes ${action.columns.join(', ')}`;
    default:
      return action.kind === 'drop' ? 'drops' : 'keeps, and ends the rules';
  }
}

/** What it did: by rule, then some records before and after. */
export function renderTrial({ records, kept, changed, removed, removed_bytes, rules, examples }: TrialResult): string {
  const columns = [
    { title: 'rule', align: 'left' as const },
    ...['matched', 'removed', 'bytes removed'].map((title) => ({ title, align: 'right' as const })),
  ];
  const rows = rules.map((r) => [r.rule, grouped(r.matched), grouped(r.records), withPrefix(r.bytes, 'B')]);
  const all = ['all records', grouped(records), grouped(removed), withPrefix(removed_bytes, 'B')];
  const lines = [
    ...alignTable(columns, rows, [all]),
    `${grouped(kept)} as they are, ${grouped(changed)} changed, ${grouped(removed)} removed`,
    ...examples.flatMap(exampleLines),
  ];
  return `${lines.join('\n')}\n`;
}

const SHOWN = ['protocol', 'src_addr', 'src_port', 'dst_addr', 'dst_port', 'process', 'user', 'bytes'];

function exampleLines({ before, after }: PolicyExample): string[] {
  const flow = SHOWN.flatMap((name) => (before[name] === undefined ? [] : [`${name} ${before[name]}`])).join(', ');
  if (after === null) return ['', printable(`removed: ${flow}`)];
  const rows = Object.keys(before)
    .filter((name) => after[name] !== before[name])
    .map((name) => [name, String(before[name]), after[name] === undefined ? '(removed)' : String(after[name])]);
  const columns = ['column', 'before', 'after'].map((title) => ({ title, align: 'left' as const }));
  return ['', printable(`changed: ${flow}`), ...alignTable(columns, rows).map((line) => `  ${line}`)];
}
