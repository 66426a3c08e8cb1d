/** What systemd itself says of the unit that is installed. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { remove, tempFolder } from './node.testing.ts';

const UNIT = readFileSync(new URL('../packaging/weir.service', import.meta.url), 'utf8');
const analyze = (...args: readonly string[]) => spawnSync('systemd-analyze', args, { encoding: 'utf8' });
const hasSystemd = analyze('--version').status === 0;
/** Of 100, by systemd's own count. What is left is the network, which a collector is for. */
const MOST_EXPOSED = 26;

let folder = '';
beforeEach(() => {
  folder = tempFolder();
});
afterEach(() => remove(folder));

/** As a file of its own, with the Node that is there: verify looks for the program. */
function unitFile(text: string): string {
  const file = join(folder, 'weir.service');
  writeFileSync(file, text.replace('/usr/bin/node', process.execPath));
  return file;
}

describe.skipIf(!hasSystemd)('packaging/weir.service (needs systemd-analyze)', () => {
  test('has no word that systemd does not know, and no complaint is made of it', () => {
    const { status, stdout, stderr } = analyze('verify', '--man=no', unitFile(UNIT));
    expect([status, stdout, stderr]).toEqual([0, '', '']);
    const wrong = analyze('verify', '--man=no', unitFile(UNIT.replace('ProtectHome=', 'ProtectHouse=')));
    expect(wrong.stderr).toContain('ProtectHouse');
  });

  test('shuts the node off from what it does not need', () => {
    const exposure = (text: string) =>
      analyze('security', '--offline=true', '--no-pager', `--threshold=${MOST_EXPOSED}`, unitFile(text));
    const found = exposure(UNIT);
    expect(found.status, found.stdout).toBe(0);
    expect(exposure(UNIT.replace('SystemCallFilter=@system-service', '')).status).not.toBe(0);
  });
});
