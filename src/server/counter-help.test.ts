import { expect, it } from 'vitest';
import { LEDGER_COUNTERS } from '../truth/index.ts';
import { counterHelp } from './counter-help.ts';

it('has a sentence of its own for every counter of the ledger', () => {
  const texts = LEDGER_COUNTERS.map(counterHelp);
  expect(new Set(texts).size).toBe(LEDGER_COUNTERS.length);
  for (const text of texts) expect(text).toMatch(/^[A-Z].* .*, of one exporter and observation domain$/);
  expect(counterHelp('held')).toContain('wait for their template');
});

it('names a counter that it does not know', () => {
  expect(counterHelp('later_thing')).toBe('later thing, of one exporter and observation domain');
});
