import { expect, test } from 'vitest';
import type { Log } from '../base/index.ts';
import type { LedgerEntry } from '../truth/index.ts';
import { TroubleLog } from './trouble-log.ts';

const MINUTE = 60_000;
const drops = (n: number, minute = 0): LedgerEntry => ({ minute, exporter: '', domain: 0, counts: { store_drops: n } });

/** A log whose lines are only their counts. */
function lines(): { log: TroubleLog; said: number[] } {
  const said: number[] = [];
  const log = { warn: (facts: { count: number }) => said.push(facts.count) } as unknown as Log;
  return { log: new TroubleLog(log), said };
}

test('what a producer holds is told when it grew, not each time that it is shown', () => {
  const { log, said } = lines();
  for (let i = 0; i < 10; i++) log.hold(1, [drops(5)], i * 2 * MINUTE);
  expect(said).toEqual([5]);
  log.hold(1, [drops(5), drops(2, MINUTE)], 30 * MINUTE);
  log.hold(2, [drops(9)], 32 * MINUTE);
  expect(said).toEqual([5, 2, 9]);
});

test('what was told while it was held is not told again when a batch carries it', () => {
  const { log, said } = lines();
  log.hold(1, [drops(5)], 0);
  log.see(1, [drops(3), drops(2), drops(4, MINUTE)], 2 * MINUTE);
  log.hold(1, [], 2 * MINUTE);
  expect(said).toEqual([5, 4]);
  log.see(1, [drops(5)], 4 * MINUTE);
  expect(said).toEqual([5, 4, 5]);
});
