/** What systemd itself says of the units that are installed. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { remove, tempFolder } from './node.testing.ts';

const unit = (name: string) => readFileSync(new URL(`../packaging/${name}`, import.meta.url), 'utf8');
const UNIT = unit('weir.service');
const AGENT = unit('weir-agent.service');
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
function unitFile(text: string, name = 'weir.service'): string {
  const file = join(folder, name);
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

describe.skipIf(!hasSystemd)('packaging/weir-agent.service (needs systemd-analyze)', () => {
  const MOST_EXPOSED_AGENT = 46;

  test('has no word that systemd does not know, and no complaint is made of it', () => {
    const { status, stdout, stderr } = analyze('verify', '--man=no', unitFile(AGENT, 'weir-agent.service'));
    expect([status, stdout, stderr]).toEqual([0, '', '']);
  });

  test('begins with the capabilities of the meter and of the start, and with no other', () => {
    const exposure = (text: string) =>
      analyze(
        'security',
        '--offline=true',
        '--no-pager',
        `--threshold=${MOST_EXPOSED_AGENT}`,
        unitFile(text, 'weir-agent.service'),
      );
    const found = exposure(AGENT);
    expect(found.status, found.stdout).toBe(0);
    expect(exposure(AGENT.replace(/^CapabilityBoundingSet=.*$/m, '')).status).not.toBe(0);
  });
});
