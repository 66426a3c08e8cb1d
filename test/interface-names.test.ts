import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { remove, startNode, type TestNode, tempFolder, until, weirJson } from './node.testing.ts';
import { numberedDatagram, openSender } from './numbered.testing.ts';

let folder: string;
let node: TestNode;

beforeEach(() => {
  folder = tempFolder();
});

afterEach(async () => {
  await node?.kill();
  remove(folder);
});

interface Line {
  readonly index: number;
  readonly name: string | null;
  readonly speed: number | null;
}

async function lines(): Promise<readonly Line[]> {
  const report = ['report', 'interfaces', '--data', join(folder, 'store'), '--from', 'all'];
  return (await weirJson<{ data: { interfaces: readonly Line[] } }>(...report)).data.interfaces;
}

it('names that configuration gives to interfaces are in the report, and after a restart without them no more', async () => {
  const file = join(folder, 'weir.yaml');
  const start = async (yaml: string) => {
    writeFileSync(file, yaml);
    node = await startNode(join(folder, 'store'), ['--config', file, '--no-host']);
  };
  await start('home: [10.0.0.0/8]\n');
  const datagram = Buffer.from(numberedDatagram(1, Date.now() - 60_000, 0, 1));
  // The field `input` of the record (24 octets of header before it).
  datagram.writeUInt16BE(3, 24 + 12);
  const to = await openSender(node.port);
  await to.send(datagram);
  to.close();
  const interface3 = async () => (await lines()).find(({ index }) => index === 3);
  expect(await until(interface3, (line) => line !== undefined)).toMatchObject({ name: null });
  await node.stop();
  await start('exporters: [{prefix: 127.0.0.0/8, interfaces: {3: {name: uplink, speed: 10G}}}]\n');
  expect(await interface3()).toMatchObject({ name: 'uplink', speed: 10_000_000_000 });
  await node.stop();
  await start('home: [10.0.0.0/8]\n');
  expect(await interface3()).toMatchObject({ name: null });
});
