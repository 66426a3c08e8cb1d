import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PlaceTable } from '../../label/index.ts';
import { mrtDump } from '../../label/places/mrt/mrt-dump.testing.ts';
import { makePlaces } from './make-places.ts';
import type { PlacesTable } from './place-messages.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-make-places-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const path = (name: string) => join(folder, name);
const dump = (asn: number, first: number) =>
  mrtDump([{ family: 4, address: Buffer.from([first, 0, 0, 0]), bits: 8, paths: [[[2, [asn]]]] }]);

/** The table of these files, and those that were given while it was made. */
async function made(files: readonly string[], lists: readonly string[] = [], forgets = true) {
  const meanwhile: (PlacesTable | null)[] = [];
  const blocklists = lists.map((name) => ({ name, path: path(name), revision: '1' }));
  const networks = { home: [], sites: {} };
  const job = { directory: path('places'), files: files.map(path), bundled: false, blocklists, networks, forgets };
  const table = await makePlaces(job, (kept) => meanwhile.push(kept));
  const places = new PlaceTable(table.places);
  return {
    table,
    meanwhile,
    systems: [10, 11].map((first) => places.asn[places.find4(first * 2 ** 24 + 1)]),
    problems: table.sources.map(({ problem }) => problem),
  };
}

it('who has no say over the directory leaves the last good state of files that are none of theirs', async () => {
  writeFileSync(path('a'), dump(64_512, 10));
  await made(['a']);
  writeFileSync(path('a'), 'nonsense');
  await made([], [], false);
  expect(await made(['a'])).toMatchObject({ systems: [64_512, 0] });
  await made([]);
  expect(await made(['a'])).toMatchObject({ systems: [0, 0] });
});

describe('a file of networks that was refused', () => {
  const NOTHING = expect.stringContaining('no metadata of a MaxMind DB');

  it('leaves the others in use, and is read again once it is another one', async () => {
    writeFileSync(path('a'), dump(64_512, 10));
    writeFileSync(path('b'), 'nonsense');
    expect(await made(['a', 'b'])).toMatchObject({ systems: [64_512, 0], problems: [null, NOTHING] });
    writeFileSync(path('b'), dump(64_513, 11));
    expect(await made(['a', 'b'])).toMatchObject({ systems: [64_512, 64_513], problems: [null, null] });
  });

  it('is read again where the new one has the same size and time of content', async () => {
    const whole = dump(64_513, 11);
    const time = new Date('2026-11-20T12:00:00Z');
    const give = (content: Uint8Array, to: string) => {
      writeFileSync(path(to), content);
      utimesSync(path(to), time, time);
    };
    give(Buffer.alloc(whole.length, 'x'), 'b');
    const { ino } = statSync(path('b'));
    expect(await made(['b'])).toMatchObject({ problems: [NOTHING] });
    give(whole, 'b');
    expect(statSync(path('b'))).toMatchObject({ ino, size: whole.length, mtime: time });
    expect(await made(['b'])).toMatchObject({ systems: [0, 64_513], problems: [null] });
    // One that is moved there, with the time of the one before.
    give(dump(64_514, 11), 'new');
    renameSync(path('new'), path('b'));
    expect(await made(['b'])).toMatchObject({ systems: [0, 64_514] });
    execFileSync('touch', ['-d', '2026-11-20T12:00:00Z', path('b')]);
    expect((await made(['b'])).table.kept).toBe(false);
  });

  it('is used up to where it is cut, if nothing was read of it before', async () => {
    const whole = dump(64_513, 11);
    writeFileSync(path('b'), Buffer.concat([whole, whole.subarray(0, whole.length - 5)]));
    const { systems, table } = await made(['b']);
    expect(systems).toEqual([0, 64_513]);
    expect(table.sources[0]).toMatchObject({
      used: true,
      partial: true,
      problem: expect.stringContaining('ends within'),
    });
  });

  it('leaves what was read of it before', async () => {
    writeFileSync(path('b'), dump(64_513, 11));
    await made(['b']);
    writeFileSync(path('b'), dump(64_513, 11).subarray(0, 30));
    const { systems, problems, table } = await made(['b']);
    expect(systems).toEqual([0, 64_513]);
    expect(table.sources[0]).toMatchObject({ used: true, partial: false });
    expect(problems).toEqual([expect.stringMatching(/ends within record/)]);
  });
});

describe('a kept table', () => {
  it('is taken as it is where nothing is wrong with it', async () => {
    writeFileSync(path('a'), dump(64_512, 10));
    await made(['a']);
    expect(await made(['a'])).toMatchObject({ meanwhile: [], table: { kept: true } });
  });

  it('of which a file was refused holds until it is made anew, which is tried though nothing has changed', async () => {
    writeFileSync(path('a'), dump(64_512, 10));
    writeFileSync(path('b'), 'nonsense');
    await made(['a', 'b']);
    const { meanwhile, table } = await made(['a', 'b']);
    expect(meanwhile).toMatchObject([{ kept: true, places: { asn: expect.any(Uint32Array) } }]);
    expect(table).toMatchObject({ kept: false, unread: false });
  });

  it('of which a block list could not be read is made anew with it', async () => {
    expect((await made([], ['drop'])).table).toMatchObject({
      unread: true,
      problems: ['block list drop: no such file'],
    });
    writeFileSync(path('drop'), '10.0.0.0/8\n');
    const { table } = await made([], ['drop']);
    expect(table).toMatchObject({ unread: false, problems: [], places: { blocklists: ['', 'drop'] } });
  });

  it('says again of a dump that was cut short that it was', async () => {
    const whole = Buffer.concat([dump(64_513, 11), dump(64_514, 10)]);
    writeFileSync(path('b'), whole.subarray(0, whole.length - 5));
    const cut = [expect.stringMatching(/ends within record/)];
    expect(await made(['b'])).toMatchObject({ systems: [0, 64_513], problems: cut });
    expect(await made(['b'])).toMatchObject({ systems: [0, 64_513], problems: cut });
  });

  it('of something that is there and cannot be read says so', async () => {
    mkdirSync(path('a'));
    expect((await made(['a'])).table).toMatchObject({ unread: true });
    expect((await made(['none'])).table).toMatchObject({ unread: false });
  });
});
