import { expect, test } from 'vitest';
import { allColumnNames, FlowBatch } from '../flow/index.ts';
import { newPipeline } from './exporters.testing.ts';
import { ingestCounters } from './ingest-counters.ts';
import type { Pipeline } from './pipeline.ts';

const T0 = Date.UTC(2026, 10, 22);
const SOURCE = Uint32Array.of(0, 0, 0xffff, 0xc0000201);

/** A NetFlow v9 message of source id 5 with one set. */
function message(sequence: number, set: number, body: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(20 + 4 + body.length);
  bytes.writeUInt16BE(9, 0);
  bytes.writeUInt16BE(1, 2);
  bytes.writeUInt32BE(T0 / 1000, 8);
  bytes.writeUInt32BE(sequence, 12);
  bytes.writeUInt32BE(5, 16);
  bytes.writeUInt16BE(set, 20);
  bytes.writeUInt16BE(4 + body.length, 22);
  bytes.set(body, 24);
  return bytes;
}

/** Template 300: the given counter in four octets, and four octets of addresses. */
const template = (counter: number) => [300 >> 8, 300 & 255, 0, 2, 0, counter, 0, 4, 0, 8, 0, 4];
const DATA = [0, 0, 0, 9, 10, 0, 0, 1];

function setUp() {
  const pipeline = newPipeline(10, ingestCounters());
  const batch = new FlowBatch(32_768, allColumnNames, undefined, true);
  pipeline.bind(batch);
  const send = (port: number, bytes: Uint8Array, afterMs: number) => accept(pipeline, port, bytes, T0 + afterMs);
  return { batch, send };
}

function accept(pipeline: Pipeline, port: number, bytes: Uint8Array, ms: number): void {
  pipeline.accept(new DataView(bytes.buffer, bytes.byteOffset), 0, bytes.length, SOURCE, 0, port, ms, 'keep', false);
}

test('data of a port that is told no template is decoded with that of another port, once it has waited', () => {
  const { batch, send } = setUp();
  send(1_000, message(0, 0, template(1)), 0);
  send(2_000, message(0, 300, DATA), 10);
  expect(batch.rows).toBe(0);
  send(2_000, message(1, 300, DATA), 31_000);
  send(2_000, message(2, 300, DATA), 31_010);
  expect(batch.rows).toBe(3);
  expect([...batch.u32('raw_bytes').slice(0, 6)]).toEqual([9, 0, 9, 0, 9, 0]);
});

test('a template that is told anew is borrowed anew; one of its own comes first', () => {
  const { batch, send } = setUp();
  send(1_000, message(0, 0, template(1)), 0);
  send(2_000, message(0, 300, DATA), 0);
  send(2_000, message(1, 300, DATA), 31_000);
  send(1_000, message(1, 0, template(2)), 32_000);
  send(2_000, message(2, 300, DATA), 32_010);
  expect(batch.u32('raw_packets')[2 * (batch.rows - 1)]).toBe(9);
});

test('a template of its own is not replaced by what another port goes on telling', () => {
  const { batch, send } = setUp();
  send(1_000, message(0, 0, template(1)), 0);
  send(2_000, message(0, 300, DATA), 0);
  send(2_000, message(1, 300, DATA), 31_000);
  send(2_000, message(2, 0, template(2)), 32_000);
  send(1_000, message(1, 0, template(1)), 33_000);
  send(2_000, message(3, 300, DATA), 34_000);
  const last = batch.rows - 1;
  expect([batch.u32('raw_packets')[2 * last], batch.u32('raw_bytes')[2 * last]]).toEqual([9, 0]);
});

test('two exporters behind one address that use a number for two things are not mixed up', () => {
  const { batch, send } = setUp();
  send(1_000, message(0, 0, template(1)), 0);
  send(3_000, message(0, 0, template(2)), 0);
  send(2_000, message(0, 300, DATA), 0);
  send(2_000, message(1, 300, DATA), 31_000);
  send(2_000, message(2, 300, DATA), 32_000);
  expect(batch.rows).toBe(0);
});
