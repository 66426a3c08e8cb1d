import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { mrtDump } from '../../label/places/mrt/mrt-dump.testing.ts';
import { readPlaceFile } from './read-place-file.ts';

const FIXTURES = fileURLToPath(new URL('../../../../shared/fixtures/maxmind-db/test-data', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'weir-place-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const DUMP = mrtDump([{ family: 4, address: Buffer.from([10, 0, 0, 0]), bits: 8, paths: [[[2, [3_320]]]] }]);
const MIB = 1 << 20;

describe('a file of networks', () => {
  it.each([
    ['empty.mrt', '', 'it is empty'],
    ['empty.gz', gzipSync(''), 'it is empty once it is unpacked'],
    ['rib.bz2', 'BZh91AY', 'packed with bzip2, which is not read: unpack it (bunzip2)'],
    ['rib.zst', Buffer.from('28b52ffd00', 'hex'), 'packed with zstd, which is not read: unpack it (unzstd)'],
    ['rib.xz', Buffer.from('fd377a585a0000', 'hex'), 'packed with xz, which is not read: unpack it (unxz)'],
    ['country.zip', Buffer.from('504b030414', 'hex'), 'a ZIP archive: unpack it'],
    [
      'asn.tar.gz',
      gzipSync(Buffer.concat([Buffer.alloc(257), Buffer.from('ustar\0'), Buffer.alloc(300)])),
      'tar archive',
    ],
    ['none.mmdb', 'neither the one nor the other', 'no metadata of a MaxMind DB'],
  ])('%s is refused by what it is', async (name, content, reason) => {
    expect(await readPlaceFile(file(name, content))).toEqual({
      kind: 'file',
      refused: expect.stringContaining(reason),
    });
  });

  it('that the system does not give is told apart from one that is bad', async () => {
    expect(await readPlaceFile(join(folder, 'nowhere'))).toMatchObject({ refused: 'no such file', unread: true });
    expect(await readPlaceFile(folder)).toMatchObject({ refused: 'a directory, not a file', unread: true });
  });

  it('is read as it is and packed with gzip', async () => {
    for (const content of [DUMP, gzipSync(DUMP)]) {
      const read = await readPlaceFile(file('rib.mrt', content));
      expect(read).toMatchObject({ kind: 'mrt', cutShort: null, autonomousSystems: expect.anything() });
    }
  });

  it.skipIf(!existsSync(FIXTURES))('that is a MaxMind DB is read packed, too', async () => {
    const plain = readFileSync(join(FIXTURES, 'GeoLite2-ASN-Test.mmdb'));
    const read = await readPlaceFile(file('asn.mmdb.gz', gzipSync(plain)));
    expect(read).toEqual(await readPlaceFile(file('asn.mmdb', plain)));
    expect(read).toMatchObject({ kind: 'file', autonomousSystems: expect.anything() });
  });

  it('that would fill memory when it is unpacked is refused before it does', async () => {
    const bomb = gzipSync(Buffer.alloc(120 * MIB));
    expect(bomb.length).toBeLessThan(MIB);
    const path = file('bomb.mmdb.gz', bomb);
    const before = process.memoryUsage().rss;
    expect(await readPlaceFile(path)).toEqual({
      kind: 'file',
      refused: expect.stringMatching(
        /^it unpacks to more than \d\d MiB of its 0\.1 MiB, which no table of networks does/,
      ),
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(80 * MIB);
  });

  it('that begins as a dump of routes and never ends is refused', async () => {
    // The last record is an unknown one of 15 MiB of zeros, over and over.
    const record = Buffer.alloc(12 + 15 * MIB);
    record.writeUInt16BE(48, 4);
    record.writeUInt32BE(15 * MIB, 8);
    const bomb = gzipSync(Buffer.concat([DUMP, ...Array.from({ length: 4 }, () => record)]));
    expect(await readPlaceFile(file('bomb.mrt.gz', bomb))).toEqual({
      kind: 'mrt',
      refused: expect.stringContaining('which no table of networks does'),
    });
  });
});
