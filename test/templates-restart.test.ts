import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freeUdpPort, remove, sleep, startNode, tempFolder, totals } from './node.testing.ts';
import { openSender, storedNumbers } from './numbered.testing.ts';
import { NumberedExporter } from './templates.testing.ts';

let data: string;
beforeEach(() => {
  data = tempFolder();
});
afterEach(() => remove(data));

/** The journal holds what came in the last moment once it was written: every 200 ms. */
const WRITTEN_MS = 700;

/** Every number from 1 on, once, and no loss told. */
async function expectAll(exporter: NumberedExporter): Promise<void> {
  const seen = await storedNumbers(data);
  expect(seen.size).toBe(exporter.numbers);
  expect([...seen.values()].every((n) => n === 1)).toBe(true);
  expect((await totals(data)).lost).toBe(0);
}

describe.each([
  ['NetFlow v9', 9],
  ['IPFIX', 10],
] as const)('%s, whose template comes once', (_, version) => {
  test.each(['SIGTERM', 'SIGKILL'] as const)(
    '%s in the middle of the stream loses no record',
    {
      timeout: 180_000,
    },
    async (signal) => {
      const exporter = new NumberedExporter(version);
      const port = await freeUdpPort();
      const out = await openSender(port);
      let node = await startNode(data, [], port);
      await out.send(exporter.template());
      for (let i = 0; i < 100; i++) await out.send(exporter.data());
      for (let round = 0; round < 2; round++) {
        await sleep(WRITTEN_MS);
        if (signal === 'SIGKILL') await node.kill();
        else await node.stop();
        node = await startNode(data, [], port);
        for (let i = 0; i < 100; i++) await out.send(exporter.data());
      }
      await sleep(WRITTEN_MS);
      await node.stop();
      out.close();
      await expectAll(exporter);
    },
  );

  test('data before its template waits, through a crash as well', { timeout: 180_000 }, async () => {
    const exporter = new NumberedExporter(version);
    const port = await freeUdpPort();
    const out = await openSender(port);
    let node = await startNode(data, [], port);
    const template = exporter.template();
    for (let i = 0; i < 20; i++) await out.send(exporter.data());
    await sleep(WRITTEN_MS);
    await node.kill();
    node = await startNode(data, [], port);
    for (let i = 0; i < 20; i++) await out.send(exporter.data());
    await out.send(template);
    await sleep(WRITTEN_MS);
    await node.stop();
    out.close();
    const seen = await storedNumbers(data);
    expect(seen.size).toBe(exporter.numbers);
    expect([...seen.values()].every((n) => n === 1)).toBe(true);
  });
});
