import { describe, expect, it } from 'vitest';
import { parsePolicy } from './policy-file.ts';
import { needsKey } from './policy-rule.ts';

function problemsOf(text: string): string[] {
  try {
    parsePolicy(text, 'p.yaml');
  } catch (error) {
    const { code, details } = error as { code: string; details: { problems: string[] } };
    expect(code).toBe('config');
    return details.problems;
  }
  return [];
}

describe('a policy file', () => {
  it('is read with its defaults', () => {
    const file = parsePolicy('rules:\n  - match: dst port 53\n    actions: [{truncate: {addresses: both}}]', 'p.yaml');
    expect(file).toMatchObject({
      key: null,
      tiers: [],
      rules: [
        {
          name: 'rule 1',
          bothDirections: true,
          time: null,
          tier: null,
          actions: [{ kind: 'truncate', ends: ['src', 'dst'], ipv4: 24, ipv6: 48 }],
        },
      ],
    });
    expect(needsKey(file)).toBe(false);
  });

  it('tells every mistake with its line and what was expected', () => {
    const text = [
      'tiers: [{name: desks}]',
      'rules:',
      '  - match: dst prot 53',
      '    actions: [drop]',
      '  - match: site berlin',
      '    trust: servers',
      '    time: {hours: "25:00-26:00", zone: Mars/Base}',
      '    actions:',
      '      - truncate: {addresses: far, ipv4: 33}',
      '      - remove: [pid, shoe_size]',
      '      - pseudonymise: pid',
      '      - forget',
      '  - matches: any',
      '    actions: []',
    ].join('\n');
    expect(problemsOf(text)).toEqual([
      expect.stringMatching(/^p.yaml: line 3: rules\[0\].match: filter, column 1: .*did you mean dst port/),
      expect.stringMatching(/^p.yaml: line 5: rules\[1\].match: .*site.* not known where the policy is applied/),
      'p.yaml: line 6: rules[1].trust: expected one of desks, not "servers"',
      expect.stringMatching(/^p.yaml: line 7: rules\[1\].time.hours: expected hours such as .*, not "25:00-26:00"/),
      expect.stringMatching(/^p.yaml: line 7: rules\[1\].time.zone: expected a zone .*, not "Mars\/Base"/),
      expect.stringMatching(/^p.yaml: line 9: rules\[1\].actions\[0\].truncate.addresses: expected src, .*, not "far"/),
      expect.stringMatching(/^p.yaml: line 9: rules\[1\].actions\[0\].truncate.ipv4: expected a number of bits .*33/),
      expect.stringMatching(/^p.yaml: line 10: rules\[1\].actions\[1\].remove\[1\]: expected pid, .*, not "shoe_size"/),
      expect.stringMatching(/^p.yaml: line 11: rules\[1\].actions\[2\].pseudonymise: expected src, .*, not "pid"/),
      expect.stringMatching(/^p.yaml: line 12: rules\[1\].actions\[3\]: expected drop, keep.*, not "forget"/),
      expect.stringMatching(/^p.yaml: line 13: rules\[2\].match: expected a filter/),
      expect.stringMatching(/^p.yaml: line 13: rules\[2\]: unknown key "matches"; expected name, match/),
      expect.stringMatching(/^p.yaml: line 14: rules\[2\].actions: expected one action or more/),
    ]);
  });

  it.each([
    ['rules: [{match: any, trust: desks, actions: [drop]}]', /there are no tiers in this file, not "desks"/],
    ['rules: [{match: any, actions: [drop, {remove: user}]}]', /drop stands alone/],
    ['rules: [', /line 1/],
    ['', /rules: expected a list/],
    ['- drop', /expected a mapping/],
    ['a: &a [1]\nb: [*a, *a]\nrules: []', /unknown key "a", "b"/],
  ])('refuses %s', (text, expected) => {
    expect(problemsOf(text).join('\n')).toMatch(expected);
  });
});
