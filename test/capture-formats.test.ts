/** The same packets as editcap, mergecap and gzip write them, in each form that captures have. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Read, readAll } from '../src/packet/captures.testing.ts';
import { syntheticCapture } from './capture.testing.ts';
import { runProgram } from './exporters/program.testing.ts';
import { fixtures, remove, tempFolder } from './node.testing.ts';
import { addedUp, linesOf } from './traffic-sums.testing.ts';

let folder: string;
let original: string;
let whole: Read;

beforeAll(async () => {
  folder = tempFolder();
  original = join(folder, 'original.pcap');
  writeFileSync(original, syntheticCapture(2_000, 40));
  whole = await readAll(original);
  expect(whole.packets).toHaveLength(2_000);
});
afterAll(() => remove(folder));

async function edited(...args: readonly string[]): Promise<string> {
  const path = join(folder, `${args.join('-').replaceAll(' ', '')}.cap`);
  await runProgram('editcap', [...args, original, path]);
  return path;
}

/** Times to the microsecond: the sixth decimal of milliseconds is beyond what a double holds. */
function packetsOf(read: Read) {
  return read.packets.map((p) => ({ ...p, timeMs: p.timeMs.toFixed(3) }));
}

describe('editcap', () => {
  test.each([
    ['pcap', 'pcap'],
    ['nsecpcap', 'pcap'],
    ['modpcap', 'pcap'],
    ['pcapng', 'pcapng'],
  ])('%s: the same bytes, lengths and times', async (form, format) => {
    const read = await readAll(await edited('-F', form));
    expect(read.facts).toMatchObject({ format, packets: 2_000, damage: null });
    expect(packetsOf(read)).toEqual(packetsOf(whole));
  });

  test.each(['pcap', 'pcapng'])(
    '%s with a snap length: original lengths and octets of IP are those of the wire',
    async (form) => {
      const path = await edited('-F', form, '-s', '60');
      const { packets } = await readAll(path);
      expect(packets.map((p) => p.original)).toEqual(whole.packets.map((p) => p.original));
      expect(Math.max(...packets.map((p) => p.data.length / 2))).toBe(60);
      expect(linesOf(await addedUp(path, 'inner'))).toEqual(linesOf(await addedUp(original, 'inner')));
    },
  );
});

describe('pipes', () => {
  test.each(['cat "$1"', 'gzip -c "$1"', 'gzip -c "$1" | cat - "$1.gz"'])('%s', async (command) => {
    const packed = 'gzip -c "$1" > "$1.gz"';
    const child = spawn('sh', ['-c', `${packed}; ${command}`, 'sh', original], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const times = command.includes('|') ? 2 : 1;
    const read = await readAll(child.stdout);
    expect(read.facts).toMatchObject({ packets: 2_000 * times, sections: times, damage: null });
    expect(packetsOf(read).slice(0, 2_000)).toEqual(packetsOf(whole));
  });
});

describe.skipIf(fixtures === null)('captures of several link types (../shared/fixtures/ndpi)', () => {
  const names = ['android.pcap', 'codm.pcap', 'KakaoTalk_talk.pcap', 'nats.pcap', 'nano.pcapng'];
  const paths = names.map((name) => join(fixtures ?? '', 'ndpi/pcap', name));

  test('are one capture of several interfaces when mergecap put them together', async () => {
    const merged = join(folder, 'merged.pcapng');
    await runProgram('mergecap', ['-a', '-I', 'none', '-F', 'pcapng', '-w', merged, ...paths]);
    const parts = await Promise.all(paths.map((path) => readAll(path)));
    const read = await readAll(merged);
    const linkTypes = parts.flatMap(({ facts }) => facts.interfaces.map((i) => i.linkType));
    expect(read.facts.interfaces.map((i) => i.linkType)).toEqual(linkTypes);
    expect(new Set(linkTypes)).toEqual(new Set([0, 1, 101, 113]));
    let before = 0;
    const expected = parts.flatMap(({ facts, packets }) => {
      const first = before;
      before += facts.interfaces.length;
      return packets.map((p) => ({ ...p, timeMs: p.timeMs.toFixed(3), interfaceId: first + p.interfaceId }));
    });
    expect(packetsOf(read)).toEqual(expected);
  });

  test('are read on when they stand one behind the other', async () => {
    const pcaps = paths.filter((path) => path.endsWith('.pcap'));
    const child = spawn('cat', pcaps, { stdio: ['ignore', 'pipe', 'inherit'] });
    const parts = await Promise.all(pcaps.map((path) => readAll(path)));
    const read = await readAll(child.stdout);
    expect(read.facts).toMatchObject({ sections: pcaps.length, damage: null });
    expect(packetsOf(read)).toEqual(parts.flatMap((part, i) => packetsOf(part).map((p) => ({ ...p, interfaceId: i }))));
  });

  test('what an interface received and dropped while it captured is known', async () => {
    const { facts } = await readAll(join(fixtures!, 'ndpi/pcap/http2.pcapng'));
    expect(facts.interfaces).toMatchObject([{ name: 'any', received: 9361, droppedByInterface: 757 }]);
  });
});
