import { expect, it } from 'vitest';
import { policyAdvice } from './policy-advice.ts';
import { parsePolicy } from './policy-file.ts';

const adviceOf = (rules: string) => policyAdvice(parsePolicy(`rules: ${rules}`, 'policy'));

it.each([
  ['[{match: any, actions: [keep]}, {match: dst port 1, actions: [drop]}]', /^rule 2: is never applied: rule 1/],
  ['[{match: any, actions: [drop]}]', /^rule 1: drops every flow.*nothing is recorded$/],
  ['[{match: dst port 1, actions: [drop]}, {match: any, actions: [drop]}]', /^rule 2: drops every flow/],
  ['[{match: any, actions: [{truncate: {addresses: remote}}]}]', /^rule 1: .*leaves server_name/],
  [
    '[{match: dst port 1, directions: one, actions: [{pseudonymise: dst}, {remove: server_name}]}]',
    /^rule 1: .*what comes back/,
  ],
  ['[{match: any, actions: [{remove: process}]}]', /^rule 1: leaves app and parent/],
])('of %s', (rules, expected) => {
  expect(adviceOf(rules)).toEqual([expect.stringMatching(expected)]);
});

it('is none where nothing is odd', () => {
  const rules =
    '[{match: user alice, actions: [{pseudonymise: [remote, server_name]}, {remove: process_detail}, keep]}, {match: any, actions: [drop]}]';
  expect(adviceOf(rules)).toEqual([]);
});
