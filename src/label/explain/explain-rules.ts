import type { LabelRule, NamingSettings } from '../naming-settings.ts';

/** What a rule can write. */
const WRITTEN = ['application', 'service', 'category'] as const;

export interface NumberedRule {
  /** In `label_rules`, from 1. */
  readonly position: number;
  readonly rule: LabelRule;
}

/** The rules of the configuration that give a column this value, in their order; none for a column that rules do not write. */
export function rulesNaming({ rules = [] }: NamingSettings, column: string, value: unknown): readonly NumberedRule[] {
  const written = WRITTEN.find((name) => name === column);
  if (written === undefined) return [];
  return rules.map((rule, i) => ({ position: i + 1, rule })).filter(({ rule }) => rule[written] === value);
}

/** `rule 2 of label_rules ("dst port 9000")`. */
export function ruleInWords({ position, rule }: NumberedRule): string {
  return `rule ${position} of label_rules (${JSON.stringify(rule.filter)})`;
}

/** Of which rule a value is, as far as the rules alone tell. */
export function whyRule(candidates: readonly NumberedRule[]): string {
  if (candidates.length === 0) return 'a rule of label_rules named it so when it was stored; none does today';
  if (candidates.length === 1) return `${ruleInWords(candidates[0]!)} names it so`;
  return `one of label_rules names it so: ${candidates.map(ruleInWords).join(', or ')}`;
}
