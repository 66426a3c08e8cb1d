import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ownMemoryBytes } from './own-memory.ts';

test.skipIf(!existsSync('/proc/self/status'))('counts what this process fills, and not the text that it shares', () => {
  const before = ownMemoryBytes();
  const filled = new Uint8Array(64 << 20).fill(1);
  expect(ownMemoryBytes() - before).toBeGreaterThan(0.9 * filled.length);
  expect(ownMemoryBytes()).toBeLessThan(process.memoryUsage.rss() - (10 << 20));
});
