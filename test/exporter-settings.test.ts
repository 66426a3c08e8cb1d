import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { remove, startNode, type TestNode, tempFolder, until, weirJson } from './node.testing.ts';
import { N, numberedDatagram, openSender } from './numbered.testing.ts';

let data: string;
let node: TestNode;

beforeEach(() => {
  data = tempFolder();
});

afterEach(async () => {
  await node?.kill();
  remove(data);
});

async function startWith(yaml: string): Promise<void> {
  const file = join(data, 'weir.yaml');
  writeFileSync(file, yaml);
  node = await startNode(join(data, 'store'), ['--config', file]);
}

interface Answer {
  readonly rows: readonly (readonly unknown[])[];
  readonly total: Readonly<Record<string, number>>;
}

function ask(...by: string[]): Promise<Answer> {
  const what = ['--by', by.join(), '--metrics', 'records,packets,raw_packets', '--from', 'all'];
  return weirJson<Answer>('query', '--data', join(data, 'store'), ...what);
}

const answered = (records: number, ...by: string[]) =>
  until(
    () => ask(...by),
    (a) => a.total.records! >= records,
  );

it('the rate that configuration gives an exporter scales what it sends without one, and is named as its origin', async () => {
  await startWith('exporters:\n  - {prefix: 127.0.0.0/8, sampling: 100}\n  - {prefix: 10.0.0.0/8, sampling: 7}\n');
  const to = await openSender(node.port);
  await to.send(numberedDatagram(1, Date.now() - 60_000));
  to.close();
  const { total, rows } = await answered(N, 'sampling', 'sampling_origin');
  expect(total).toMatchObject({ records: N, raw_packets: N, packets: 100 * N });
  expect(rows.map((r) => r.slice(0, 2))).toEqual([[100, 'configured']]);
});

it('an element that configuration maps is in its column', async () => {
  await startWith(
    'elements:\n  - {element: "999999/12", column: custom_text_1}\n  - {element: flowId, column: custom_1}\n',
  );
  const to = await openSender(node.port);
  await to.send(
    message(
      2,
      templateOf(256, [
        [8, 4],
        [12, 4],
        [4, 1],
        [1, 8],
        [2, 8],
        [148, 8],
        [12, 65_535, 999_999],
      ]),
    ),
  );
  const record = Buffer.alloc(33);
  record.writeUInt32BE(0x0a000001, 0);
  record.writeUInt32BE(0x0a000002, 4);
  record.writeUInt8(17, 8);
  record.writeBigUInt64BE(100n, 9);
  record.writeBigUInt64BE(1n, 17);
  record.writeBigUInt64BE(77n, 25);
  const text = Buffer.from('blue');
  await to.send(message(256, Buffer.concat([record, Buffer.of(text.length), text])));
  to.close();
  const { rows } = await answered(1, 'custom_1', 'custom_text_1');
  expect(rows.map((r) => r.slice(0, 2))).toEqual([[77, 'blue']]);
});

/** RFC 7011 section 3.2: bit 15 of the number says that an enterprise number follows. */
function templateOf(id: number, fields: readonly (readonly number[])[]): Buffer {
  const words = fields.flatMap(([element, length, pen]) =>
    pen === undefined ? [element!, length!] : [element! | 0x8000, length!, pen >>> 16, pen & 0xffff],
  );
  const out = Buffer.alloc(4 + words.length * 2);
  [id, fields.length, ...words].forEach((w, i) => {
    out.writeUInt16BE(w, i * 2);
  });
  return out;
}

function message(set: number, content: Buffer): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt16BE(10, 0);
  head.writeUInt16BE(20 + content.length, 2);
  head.writeUInt32BE(Math.floor(Date.now() / 1000), 4);
  head.writeUInt16BE(set, 16);
  head.writeUInt16BE(4 + content.length, 18);
  return Buffer.concat([head, content]);
}
