import { expect, test } from 'vitest';
import { DeferredFiles } from './deferred-files.ts';

test('nothing is complete from the beginning of the oldest file on, from the time that it is opened', () => {
  const files = new DeferredFiles();
  expect(files.sinceMs()).toBe(Number.POSITIVE_INFINITY);
  files.add('b', 2_000, true);
  files.add('a', 1_000, false);
  expect(files.sinceMs()).toBe(1_000);
  files.done('a');
  expect(files.sinceMs()).toBe(2_000);
  expect(files.next(0)).toBeNull();
  expect(files.waiting).toBe(0);
  files.closed('b');
  expect(files.next(0)).toBe('b');
  files.done('b');
  expect(files.sinceMs()).toBe(Number.POSITIVE_INFINITY);
});

test('a file that failed still counts, lets the others go first, and is tried again at most twice a minute', () => {
  const files = new DeferredFiles();
  files.add('bad', 1_000, false);
  files.add('good', 2_000, false);
  let tries = 0;
  for (let now = 0; now < 60_000; now += 100) {
    const file = files.next(now);
    if (file === 'bad') {
      tries += 1;
      files.failed(file, now);
    } else if (file) files.done(file);
  }
  expect(tries).toBe(2);
  expect(files.waiting).toBe(1);
  expect(files.sinceMs()).toBe(1_000);
});
