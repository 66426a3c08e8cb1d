import { expect, test } from 'vitest';
import { type HashSecrets, hashSecrets } from '../../base/index.ts';
import { FactTable, KEY_WORDS, MOST_OF_KEY, MOST_PROBES } from './fact-table.ts';
import { hashKey } from './key-hash.ts';

const CAPACITY = 4_096;
const SLOTS = 2 * CAPACITY;

/** Keys of addresses of one /64 that all fall on one slot, for who knows the secrets. */
function colliding(secrets: HashSecrets, wanted: number): Uint32Array[] {
  const keys: Uint32Array[] = [];
  for (let i = 0; keys.length < wanted; i++) {
    const key = new Uint32Array(KEY_WORDS);
    key.set([2 << 24, 0, i, 0, 1, 0x20010db8]);
    if (hashKey(secrets, key) % SLOTS === 0) keys.push(key);
  }
  return keys;
}

test('keys made to fall on one place of a table take a bounded number of steps, and are spread in another', () => {
  const secrets = hashSecrets();
  const keys = colliding(secrets, MOST_PROBES + 100);
  const known = new FactTable(CAPACITY, secrets);
  for (const key of keys) known.add(key, 1, 0, 1_000);
  expect(known.size).toBe(MOST_PROBES);
  expect(known.refused).toBe(100);
  const found: number[] = [];
  known.find(keys[MOST_PROBES - 1]!, 0, 1_000, (value) => found.push(value));
  expect(found).toEqual([1]);

  const other = new FactTable(CAPACITY);
  for (const key of keys) other.add(key, 1, 0, 1_000);
  expect(other.refused).toBe(0);
  expect(other.size).toBe(keys.length);
});

test('one key has a bounded number of windows, whatever its values', () => {
  const table = new FactTable(CAPACITY);
  for (let value = 1; value <= MOST_OF_KEY + 5; value++) table.add(new Uint32Array(KEY_WORDS), value, 0, 1_000);
  expect(table.size).toBe(MOST_OF_KEY);
  expect(table.refused).toBe(5);
});
