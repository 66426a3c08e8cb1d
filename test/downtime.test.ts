import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freeUdpPort, remove, startNode, tempFolder, totals, until, weirJson } from './node.testing.ts';
import { N, numberedDatagram, openSender } from './numbered.testing.ts';

let data: string;
beforeEach(() => {
  data = tempFolder();
});
afterEach(() => remove(data));

test.each(['stop', 'kill'] as const)(
  'what an exporter sends while the node is down (%s) is lost, and is said to be',
  async (how) => {
    const port = await freeUdpPort();
    const out = await openSender(port);
    const bootMs = Date.now() - 3_600_000;
    let n = 0;
    const send = async (count: number) => {
      for (let i = 0; i < count; i++) await out.send(numberedDatagram(n++, bootMs));
    };
    const node = await startNode(data, [], port);
    await send(20);
    await until(
      () => totals(data),
      (t) => t.records === 20 * N,
    );
    // The journal is written five times a second.
    await new Promise((resolve) => setTimeout(resolve, 600));
    await node[how]();
    await send(50);
    const again = await startNode(data, [], port);
    await send(10);
    expect(
      await until(
        () => totals(data),
        (t) => t.lost > 0,
      ),
    ).toMatchObject({ records: 30 * N, lost: 50 * N });
    const { quality } = await weirJson<{ quality: { lost: { by: { network: number }; restarts: number } } }>(
      'query',
      '--data',
      data,
      '--by',
      'protocol',
      '--from',
      'all',
    );
    expect(quality.lost).toMatchObject({ by: { network: 50 * N }, restarts: 0 });
    expect(await again.stop()).toBe(0);

    // Without that memory the next start cannot know; it says nothing false either way.
    rmSync(join(data, 'streams.json'));
    const third = await startNode(data, [], port);
    await send(1);
    await until(
      () => totals(data),
      (t) => t.records === 31 * N,
    );
    expect(await third.stop()).toBe(0);
    out.close();
  },
);
