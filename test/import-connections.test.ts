import { expect, test } from 'vitest';
import { allColumnNames, FlowBatch, type TextColumns } from '../src/flow/index.ts';
import { importFlows } from '../src/ingest/import.ts';
import type { ImportBatches, OpenBatch } from '../src/ingest/import-batches.ts';
import { u } from '../src/wire/template.testing.ts';
import { tcpPcapOf } from './pcap.testing.ts';

const T = Date.UTC(2026, 10, 21, 12);

/** Batches that are kept in memory. */
class Kept implements ImportBatches {
  private count = 0;
  async open(texts: TextColumns): Promise<OpenBatch> {
    const batch = new FlowBatch(32_768, allColumnNames, undefined, true);
    batch.clear();
    texts.begin(batch);
    return { key: `k${++this.count}`, batch, receivedMs: T };
  }
  publish(): void {}
  close(): void {}
  async flush(): Promise<void> {}
}

/** A connection from port 41000; `first` is its first sequence number, less 1000. */
function connection(messages: readonly number[], first: number, size = 1_400): Buffer {
  const capture = Buffer.from(tcpPcapOf(Uint8Array.from(messages), 4739, size).subarray(24));
  for (let at = 0; at < capture.length; at += 16 + capture.readUInt32LE(at + 8)) {
    const sequence = at + 16 + 14 + 20 + 4;
    capture.writeUInt32BE(capture.readUInt32BE(sequence) + first, sequence);
  }
  return capture;
}

const HEADER = tcpPcapOf(new Uint8Array(0), 4739).subarray(0, 24);
const set = (id: number, content: readonly number[]) => [...u(id, 2), ...u(4 + content.length, 2), ...content];
const message = (sequence: number, ...sets: number[][]) => {
  const body = sets.flat();
  return [...u(10, 2), ...u(16 + body.length, 2), ...u(T / 1000, 4), ...u(sequence, 4), ...u(1, 4), ...body];
};
const TEMPLATE = set(2, [...u(256, 2), ...u(2, 2), ...u(8, 2), ...u(4, 2), ...u(12, 2), ...u(4, 2)]);
const DATA = set(256, [10, 0, 0, 1, 10, 0, 0, 2]);

async function imported(...parts: readonly Buffer[]) {
  const options = {
    name: 'x',
    startMs: T,
    sampling: null,
    ports: [],
    content: null,
    meter: {},
    rules: [],
    elements: [],
    networks: { home: [], sites: {} },
    maxExporters: 100,
  };
  const bytes = async function* () {
    yield new Uint8Array(Buffer.concat([HEADER, ...parts]));
  };
  const { facts, error } = await importFlows(bytes(), new Kept(), options);
  expect(error).toBeNull();
  return facts;
}

test('a second connection from the same port is not read with the templates of the first', async () => {
  const first = connection([...message(0, TEMPLATE), ...message(0, DATA)], 0);
  const facts = await imported(first, connection(message(0, DATA), 500_000));
  expect(facts).toMatchObject({ rows: 1, datagrams: 3, errors: { no_template: 1 } });
});

test('sequence numbers begin anew with the connection: that is neither loss nor a restart', async () => {
  const part = (first: number) =>
    connection([...message(0, TEMPLATE), ...message(0, DATA), ...message(1, DATA)], first);
  expect(await imported(part(0), part(700_000))).toMatchObject({ rows: 4, lost: 0, errors: {} });
});

test('missing bytes do not end a connection: its templates hold behind them', async () => {
  const whole = connection(
    [...message(0, TEMPLATE), ...message(0, DATA), ...message(1, DATA), ...message(2, DATA)],
    0,
    28,
  );
  const lengths = message(0, TEMPLATE).length;
  expect(lengths).toBeGreaterThan(28);
  // Frames of 28 bytes of data: the second message begins in the second frame; of the one behind it every byte is left out.
  const frame = 16 + 54 + 28;
  const cut = 16 + 54 + 2 * frame;
  const holed = Buffer.concat([whole.subarray(0, cut), whole.subarray(cut + frame)]);
  const facts = await imported(holed);
  expect(facts.errors.tcp_gap).toBe(1);
  expect(facts.errors.no_template).toBeUndefined();
  expect(facts.rows).toBeGreaterThan(0);
});
