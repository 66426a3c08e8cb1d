import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLog, systemClock } from '../src/base/index.ts';
import { openStoreHere } from '../src/ingest/index.ts';
import { LocalStore } from '../src/store/index.ts';
import { layoutOf } from '../src/store/layout.ts';
import { upgradeSteps } from '../src/store/layout-versions.ts';
import { CUBES } from '../src/store/rollup/cubes.ts';
import { remove, tempFolder, weir, weirJson } from './node.testing.ts';
import { states, unpackState } from './states.testing.ts';

/** What the build that left the state said of it, and what is asked of today's. */
interface Answer {
  readonly rows: readonly (readonly unknown[])[];
  readonly total: { readonly records: number; readonly bytes: number; readonly packets: number };
  readonly quality: {
    readonly lost: { readonly records: number; readonly received: number };
    readonly damaged: readonly { readonly name: string; readonly rows: number }[];
  };
}

let folder: string;
beforeEach(() => {
  folder = tempFolder();
});
afterEach(() => remove(folder));

describe.each(['netflow5', 'netflow9-ipfix'])('the state %s', (name) => {
  const said = JSON.parse(readFileSync(join(states, `${name}.json`), 'utf8')) as Answer;

  test('says the same as the version that made it', async () => {
    const data = unpack(name, 'data');
    expect(await ask(data)).toEqual(comparable(said));
    expect(JSON.parse(readFileSync(join(data, 'VERSION'), 'utf8'))).toEqual({ layout: 2 });
    // A second time there is nothing to do.
    expect(await ask(data)).toEqual(comparable(said));
  });

  test('has history with the same totals when its segments have been read back', async () => {
    const data = unpack(name, 'data');
    await ask(data);
    const writer = await LocalStore.open({
      ...{ root: data, clock: systemClock, log: createLog({ style: 'pretty', level: 'silent' }) },
      ...{ retention: { ageMs: null, bytes: null }, segmentRows: 1_000_000, segmentAgeMs: 0 },
      writerMemoryBytes: 256 << 20,
    });
    await writer.makeHistory();
    await writer.close();
    const store = await openStoreHere(data, { threads: 1, memoryBytes: 256 << 20 });
    const view = await store.reader.view({ from: 0, to: Number.MAX_SAFE_INTEGER });
    const history = view.history!;
    const { records, bytes, packets } = said.total;
    for (const cube of CUBES) {
      const tiles = history.covered(60_000).map((range) => ({ ...range, level: 60_000 as const }));
      const sums = 'sum(records), sum(bytes), sum(packets)';
      const sql = `SELECT ${sums} FROM ${history.relation(cube, tiles)}`;
      const { rows } = await view.run(sql, [], { timeoutMs: 60_000 });
      expect({ cube: cube.name, sums: rows[0]!.map(Number) }).toEqual({
        cube: cube.name,
        sums: [records, bytes, packets],
      });
    }
    expect(history.freshRows).toBe(0);
    view.release();
    await store.close();
  });

  test('says so when its upgrade was cut off after any of its changes', async () => {
    const length = [...upgradeSteps(layoutOf(unpack(name, 'whole')))].length;
    expect(length).toBeGreaterThan(1);
    for (let done = 0; done < length; done++) {
      const data = unpack(name, `cut-${done}`);
      const steps = upgradeSteps(layoutOf(data));
      for (let i = 0; i < done; i++) steps.next();
      expect(await ask(data)).toEqual(comparable(said));
    }
  });

  test('is whole again when its manifest is lost before the upgrade', async () => {
    const data = unpack(name, 'data');
    writeFileSync(join(data, 'manifest.json'), 'no manifest');
    expect(await ask(data)).toEqual(comparable(said));
    expect(readdirSync(join(data, 'damaged')).some((note) => note.endsWith('manifest.json.json'))).toBe(true);
  });
});

test('a directory of a newer layout is refused and left as it is', async () => {
  const data = unpack('netflow5', 'data');
  writeFileSync(join(data, 'VERSION'), '{"layout":3}\n');
  const before = readdirSync(data, { recursive: true });
  const { code, stderr } = await weir('query', '--data', data, '--from', 'all');
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(/layout 3.*layout 2.*newer/) });
  await expect(openStoreHere(data, { threads: 1, memoryBytes: 256 << 20 })).rejects.toMatchObject({ code: 'version' });
  expect(readdirSync(data, { recursive: true })).toEqual(before);
});

const unpack = (name: string, into: string) => unpackState(name, folder, into);

async function ask(data: string) {
  const metrics = ['--metrics', 'records,bytes,packets,raw_bytes,raw_packets'];
  const range = ['--from', 'all', '--order', 'records'];
  return comparable(await weirJson<Answer>('query', '--data', data, '--by', 'protocol', ...metrics, ...range));
}

/** What must not change from one version to the next. */
function comparable({ rows, total, quality }: Answer): Answer {
  const { records, received } = quality.lost;
  const damaged = quality.damaged.map(({ name, rows }) => ({ name, rows }));
  return { rows: [...rows].sort(), total, quality: { lost: { records, received }, damaged } };
}
