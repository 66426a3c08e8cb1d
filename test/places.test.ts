import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { remove, sleep, startNode, type TestNode, tempFolder, totals, until, weirJson } from './node.testing.ts';
import { N, numberedDatagram, openSender } from './numbered.testing.ts';
import { dumpOf } from './places.testing.ts';

let folder: string;
let node: TestNode | undefined;

beforeEach(() => {
  folder = tempFolder();
});

afterEach(async () => {
  await node?.kill();
  remove(folder);
});

/** Records by the autonomous system of their source. */
async function bySystem(data: string): Promise<Map<unknown, number>> {
  const { rows } = await weirJson<{ rows: [unknown, number][] }>(
    ...['query', '--data', data, '--by', 'src_as', '--metrics', 'records', '--from', 'all'],
  );
  return new Map(rows);
}

it('a changed file is taken amid a flood without the loss of a record, and a broken one does not take its place', async () => {
  const file = join(folder, 'rib.mrt');
  const give = (bytes: Uint8Array) => {
    writeFileSync(`${file}.new`, bytes);
    renameSync(`${file}.new`, file);
    process.kill(node!.pid, 'SIGHUP');
  };
  const made = async (n: number) =>
    until(
      async () => (await (await fetch(`${node!.http}/metrics`)).text()).match(/^weir_places_made_total (\d+)/m)?.[1],
      (count) => Number(count) >= n,
    );
  writeFileSync(file, dumpOf(64_512));
  const data = join(folder, 'store');
  node = await startNode(data, ['--as-data', file, '--no-host']);
  await made(1);
  const to = await openSender(node.port);
  let sent = 0;
  let flooding = true;
  const bootMs = Date.now() - 60_000;
  const flood = (async () => {
    while (flooding) {
      for (let i = 0; i < 20; i++) await to.send(numberedDatagram(sent++, bootMs));
      await sleep(2);
    }
  })();
  await sleep(500);
  give(Buffer.from('this is no dump of routes'));
  await made(2);
  await sleep(500);
  give(dumpOf(64_513));
  await made(3);
  await sleep(500);
  flooding = false;
  await flood;
  to.close();
  await until(
    () => totals(data),
    ({ records }) => records === sent * N,
  );
  expect((await totals(data)).lost).toBe(0);
  const { quality } = await weirJson<{ quality: object }>('report', 'as', '--data', data, '--from', 'all');
  const madeMs = 1_800_000_000_000;
  expect(quality).toMatchObject({
    network_data: {
      of: 'systems',
      sources: [{ source: file, kind: 'mrt', made: madeMs, age_days: expect.any(Number) }],
    },
  });
  const systems = await bySystem(data);
  expect([...systems.keys()].sort()).toEqual([64_512, 64_513]);
  expect(Math.min(...systems.values())).toBeGreaterThan(N * 20);
});
