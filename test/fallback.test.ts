import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { remove, startNode, tempFolder, totals, until } from './node.testing.ts';
import { N, numberedDatagram, openSender, storedNumbers } from './numbered.testing.ts';

let folder: string;
beforeEach(() => {
  folder = tempFolder();
});
afterEach(() => remove(folder));

/** Loaded before anything else, in every thread: as if koffi had no build for this machine. */
const WITHOUT_KOFFI = `
const Module = require('node:module');
const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
  if (request === 'koffi') throw new Error('koffi is not here');
  return resolve.call(this, request, ...rest);
};
`;

test('without koffi the portable receiver collects, the journal and the lock work, and the health page says which receiver it is', async () => {
  const preload = join(folder, 'without-koffi.cjs');
  writeFileSync(preload, WITHOUT_KOFFI);
  const data = join(folder, 'data');
  const node = await startNode(data, [], 0, ['--require', preload]);
  const health = (await (await fetch(`${node.http}/api/v1/health`)).json()) as {
    ingest: { listening: { kind: string }[] };
  };
  expect(health.ingest.listening).toMatchObject([{ kind: 'dgram' }]);
  const out = await openSender(node.port);
  for (let n = 0; n < 100; n++) await out.send(numberedDatagram(n, Date.now() - 3_600_000));
  out.close();
  expect(
    await until(
      () => totals(data),
      (t) => t.records >= 100 * N,
    ),
  ).toMatchObject({ records: 100 * N, lost: 0 });
  await node.kill();
  const again = await startNode(data, [], 0, ['--require', preload]);
  const seen = await storedNumbers(data);
  expect([seen.size, [...seen.values()].every((times) => times === 1)]).toEqual([100 * N, true]);
  expect(await again.stop()).toBe(0);
});
