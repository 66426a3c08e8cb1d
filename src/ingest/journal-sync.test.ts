import { rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { JournalSync } from './journal-sync.ts';
import { tempFolder } from './temp.testing.ts';

let root: string;
let sync: JournalSync;

beforeEach(() => {
  root = tempFolder();
  for (const name of ['a', 'b', 'c']) writeFileSync(join(root, name), name);
  sync = new JournalSync(root, 5);
  sync.start();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await sync.stop();
  rmSync(root, { recursive: true, force: true });
});

/** What all file handles inherit from. */
async function handles(): Promise<FileHandle> {
  const handle = await open(join(root, 'a'), 'r');
  await handle.close();
  return Object.getPrototypeOf(handle) as FileHandle;
}

async function rounds(n: number): Promise<void> {
  const until = sync.syncs + n;
  await vi.waitFor(() => expect(sync.syncs).toBeGreaterThanOrEqual(until), { timeout: 30_000 });
}

describe('the sync of the journal', () => {
  test('remembers what failed for a file until that is closed, whatever goes well after it', async () => {
    vi.spyOn(await handles(), 'datasync').mockRejectedValueOnce(new Error('the disk is broken'));
    sync.opened('a');
    sync.opened('b');
    await rounds(6);
    expect(sync.failure?.message).toContain('the disk is broken');
    await sync.closed('b');
    expect(sync.failure?.message).toContain('the disk is broken');
    await sync.closed('a');
    expect(sync.failure).toBeNull();
  });

  test('tells that a file could not be opened', async () => {
    sync.opened('no-such-file');
    await vi.waitFor(() => expect(sync.failure?.message).toContain('no-such-file'), { timeout: 30_000 });
  });

  test('tells that the last sync of a closed file failed until another is closed well', async () => {
    sync.opened('a');
    await rounds(1);
    const last = vi.spyOn(await handles(), 'datasync').mockRejectedValue(new Error('the disk is broken'));
    await sync.closed('a');
    last.mockRestore();
    sync.opened('b');
    await rounds(2);
    expect(sync.failure?.message).toContain('the disk is broken');
    await sync.closed('b');
    expect(sync.failure).toBeNull();
  });

  test('makes the name of an opened file survive too', async () => {
    const directory = vi.spyOn(await handles(), 'sync');
    sync.opened('a');
    await vi.waitFor(() => expect(directory).toHaveBeenCalledTimes(1), { timeout: 30_000 });
    sync.opened('c');
    await vi.waitFor(() => expect(directory).toHaveBeenCalledTimes(2), { timeout: 30_000 });
  });
});
