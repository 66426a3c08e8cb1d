import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readForwardedPackets } from './forwarded-packets.ts';

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-forwarded-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const SNMP =
  'Ip: Forwarding DefaultTTL InReceives ForwDatagrams OutRequests\nIp: 1 64 900 41 800\nIcmp: InMsgs\nIcmp: 5\n';
const SNMP6 = 'Ip6InReceives                   \t100\nIp6OutForwDatagrams             \t7\n';

it('counts what was passed on over IPv4 and IPv6', () => {
  expect(readForwardedPackets(folderOf({ snmp: SNMP, snmp6: SNMP6 }))).toBe(48);
  expect(readForwardedPackets(folderOf({ snmp: SNMP }))).toBe(41);
});

it('says nothing where the kernel does not', () => {
  expect(readForwardedPackets(folderOf({}))).toBeNull();
  expect(readForwardedPackets(folderOf({ snmp: 'Ip: Forwarding\nIp: 1\n' }))).toBeNull();
});

it.skipIf(process.platform !== 'linux')('reads what the kernel of this machine says', () => {
  expect(readForwardedPackets()).toBeGreaterThanOrEqual(0);
});
