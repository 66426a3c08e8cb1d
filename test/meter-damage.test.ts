/** `weir meter` over damaged captures: the flows of what stands before the damage on stdout, its name and place on stderr, exit 1. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { block, interfaceBlock, LITTLE, packetBlock, section } from '../src/packet/captures.testing.ts';
import { bytes, DNS, ethernet } from '../src/packet/frames.testing.ts';
import { syntheticCapture } from './capture.testing.ts';
import { remove, tempFolder, weir } from './node.testing.ts';

const folder = tempFolder();
afterAll(() => remove(folder));

const PACKETS = 500;
const whole = syntheticCapture(PACKETS, 20);
const packed = gzipSync(whole);
const pcapng = bytes(section(LITTLE), interfaceBlock(LITTLE, 1), packetBlock(LITTLE, 0, 1e15, ethernet(0x0800, DNS)));

/** Damaged files, with the packets that are good and what is said of them. */
const FILES: readonly (readonly [name: string, data: Uint8Array, packets: number, said: RegExp])[] = [
  ['cut.pcap', whole.subarray(0, -1), PACKETS - 1, /truncated at byte \d+/],
  ['zeros.pcap', bytes(whole, new Uint8Array(5_000)), PACKETS, at('never_written', whole)],
  ['huge.pcap', bytes(whole, new Uint8Array(8), new Uint8Array(8).fill(255)), PACKETS, at('record_too_large', whole)],
  ['text.pcap', bytes(whole, Buffer.from('GET / HTTP/1.1\r\n\r\n')), PACKETS, at('record_too_large', whole)],
  ['checksum.pcap.gz', bytes(packed.subarray(0, -8), new Uint8Array(8)), PACKETS, at('bad_compression', whole)],
  ['mixed.pcapng', bytes(pcapng, whole), 1, at('bad_block_length', pcapng)],
  ['interface.pcapng', bytes(pcapng, packetBlock(LITTLE, 7, 1, DNS)), 1, at('unknown_interface', pcapng)],
  ['endless.pcapng', bytes(pcapng, block(LITTLE, 0xbad, []).subarray(0, 4), [0xfc, 255, 255, 255]), 1, /truncated/],
];

function at(cause: string, good: Uint8Array): RegExp {
  return new RegExp(`${cause} at byte ${good.length}\\b`);
}

test('each is metered as far as it is good, is named with the place, and the next one follows', async () => {
  const paths = FILES.map(([name, data]) => {
    writeFileSync(join(folder, name), data);
    return join(folder, name);
  });
  const { stdout, stderr, code } = await weir('meter', ...paths, '--columns', 'file,packets');
  expect(code).toBe(1);
  const packets = new Map(paths.map((path) => [path, 0]));
  for (const line of stdout.trim().split('\n')) {
    const flow = JSON.parse(line) as { file: string; packets: number };
    packets.set(flow.file, packets.get(flow.file)! + flow.packets);
  }
  expect([...packets.values()]).toEqual(FILES.map(([, , good]) => good));
  const told = stderr.split('\n').filter((line) => line.startsWith('weir: '));
  expect(told).toHaveLength(FILES.length);
  for (const [i, [name, , , said]] of FILES.entries()) {
    expect(told[i]).toContain(`${join(folder, name)}: the file is damaged`);
    expect(told[i]).toMatch(said);
  }
});

test('files that cat put one behind the other are not damaged', async () => {
  const path = join(folder, 'joined.pcap');
  writeFileSync(path, bytes(whole, whole));
  const { stdout, stderr, code } = await weir('meter', path, '--duplicates', 'counted', '--columns', 'packets');
  expect([code, stderr]).toEqual([0, '']);
  const flows = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { packets: number });
  expect(flows.reduce((sum, flow) => sum + flow.packets, 0)).toBe(2 * PACKETS);
});
