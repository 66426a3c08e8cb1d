import { describe, expect, test } from 'vitest';
import { encodeNetflow5 } from '../wire/index.ts';
import { EXPORT_PORTS, formatOf, isSurelyExport } from './import-formats.ts';

const row = { src: 1, dst: 2, packets: 1, bytes: 2, startMs: 0, endMs: 1, srcPort: 1, dstPort: 2, protocol: 6 };
const head = { exportMs: 1_700_000_000_000, bootMs: 1_699_999_000_000, sequence: 0, engineType: 0, engineId: 0 };
const netflow5 = encodeNetflow5([row, row], head).datagrams[0]!;
const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const ipfix = hex('000a 0018 6553f100 00000000 00000001 0100 0008 01020304');
const netflow9 = hex('0009 0001 00001000 6553f100 00000000 00000001 0100 0008 01020304');
const sflow = hex('00000005 00000001 c0000201 00000000 00000001 00001000 00000000');

describe('what is surely an export', () => {
  test.each([
    ['netflow5', netflow5],
    ['netflow9', netflow9],
    ['ipfix', ipfix],
    ['sflow5', sflow],
  ] as const)('%s, whole, on any port; not with a byte more or less', (format, bytes) => {
    expect(formatOf(view(bytes), 0, bytes.length)).toBe(format);
    expect(isSurelyExport(view(bytes), 0, bytes.length)).toBe(true);
    const longer = Uint8Array.from([...bytes, 0]);
    if (format !== 'sflow5') expect(isSurelyExport(view(longer), 0, longer.length)).toBe(false);
    for (let n = 0; n < bytes.length; n++) expect(isSurelyExport(view(bytes), 0, n)).toBe(false);
  });

  test('no clock of an exporter stands before 2000', () => {
    const old = netflow5.slice();
    view(old).setUint32(8, 1_000);
    expect(isSurelyExport(view(old), 0, old.length)).toBe(false);
  });
});

test('versions that no decoder reads are told from what is no export', () => {
  expect(formatOf(view(hex('0008 0001')), 0, 4)).toBe('other');
  expect(formatOf(view(hex('0000 0004')), 0, 4)).toBe('other');
  expect(formatOf(view(hex('1234 0001')), 0, 4)).toBeNull();
  expect(formatOf(view(hex('0005')), 0, 2)).toBeNull();
});

test('the usual ports', () => {
  for (const port of [2055, 4739, 6343, 9995, 9996, 9555, 2056, 4432]) expect(EXPORT_PORTS.has(port)).toBe(true);
  expect(EXPORT_PORTS.has(53)).toBe(false);
});
