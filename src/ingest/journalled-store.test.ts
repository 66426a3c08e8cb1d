import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLog } from '../base/index.ts';
import type { Gap } from '../truth/index.ts';
import { JournalledStore } from './journalled-store.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'weir-journalled-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const open = () =>
  JournalledStore.open(
    { root, threads: 1, memoryBytes: 64 << 20, retention: { ageMs: null, bytes: null } },
    createLog({ style: 'json', level: 'silent' }),
  );
const upTo = (gaps: readonly Gap[]) => ({
  open: 'none.wjl',
  nowMs: 10_000,
  states: [],
  lost: [],
  gaps,
  sync: { failure: null, slowestMs: 0, syncs: 0 },
});
const noted = () =>
  readFileSync(join(root, 'gaps.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '').length;

test('gaps that are told again, as a process before this one ended before it could say that they are stored, are there once', async () => {
  const slept: Gap = { from: 1_000, to: 5_000, cause: 'stopped' };
  const set: Gap = { from: 4_000, to: 6_000, cause: 'set_back' };
  const first = await open();
  expect(await first.takeIn(upTo([slept, set]))).toEqual([slept, set]);
  expect(noted()).toBe(2);
  await first.close();
  const second = await open();
  const later: Gap = { from: 7_000, to: 9_000, cause: 'stopped' };
  // Two who ask at once are both told.
  const told = [slept, set, later];
  expect(await Promise.all([second.takeIn(upTo(told)), second.takeIn(upTo(told))])).toEqual([told, told]);
  expect(noted()).toBe(3);
  await second.close();
});
