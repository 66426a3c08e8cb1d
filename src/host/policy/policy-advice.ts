import type { PolicyFile, PolicyRule } from './policy-rule.ts';

/** What is allowed, and hardly meant: in words for people. */
export function policyAdvice({ rules }: PolicyFile): readonly string[] {
  const advice: string[] = [];
  const last = rules.findIndex(endsAll);
  if (dropsAll(rules))
    advice.push(`${rules[last]!.name}: drops every flow, as no rule before it keeps any: nothing is recorded`);
  rules.forEach((rule, i) => {
    const say = (text: string) => advice.push(`${rule.name}: ${text}`);
    if (last >= 0 && i > last) say(`is never applied: ${rules[last]!.name} ends the rules for every flow`);
    if (changesAddresses(rule) && !touches(rule, 'server_name'))
      say('changes addresses and leaves server_name, which tells the other end by name');
    if (!rule.bothDirections && changesAddresses(rule))
      say('is for one direction: what comes back shows the addresses that it changes');
    if (touches(rule, 'process') && !touches(rule, 'app') && !touches(rule, 'parent'))
      say('leaves app and parent, which often have the same name as the process');
  });
  return advice;
}

/** Whether nothing is left, whatever the tier of the machine: flows are dropped that no rule keeps before. */
export function dropsAll(rules: readonly PolicyRule[]): boolean {
  const last = rules.findIndex(endsAll);
  const isDrop = ({ actions }: PolicyRule) => actions.some((a) => a.kind === 'drop');
  return (
    last >= 0 &&
    isDrop(rules[last]!) &&
    !rules.slice(0, last).some(({ actions }) => actions.some((a) => a.kind === 'keep'))
  );
}

/** No rule behind it is reached by any flow. */
function endsAll({ match, time, tier, actions }: PolicyRule): boolean {
  const all = match.kind === 'constant' && match.value;
  return all && time === null && tier === null && actions.some((a) => a.kind === 'drop' || a.kind === 'keep');
}

function changesAddresses({ actions }: PolicyRule): boolean {
  return actions.some((a) => (a.kind === 'truncate' || a.kind === 'pseudonymise') && a.ends.length > 0);
}

function touches({ actions }: PolicyRule, column: 'server_name' | 'process' | 'app' | 'parent'): boolean {
  return actions.some((a) => (a.kind === 'remove' || a.kind === 'pseudonymise') && a.columns.includes(column));
}
