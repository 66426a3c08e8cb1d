import { expect, test } from 'vitest';
import { allColumnNames, cellOf, columnOf, FlowBatch, TextColumns } from '../flow/index.ts';
import { NO_HOME } from '../label/index.ts';
import { DEFAULT_METER, Meter } from '../meter/index.ts';
import { newPacketFields } from '../packet/index.ts';
import { CaptureStream, captureRules } from './capture-stream.ts';
import { ingestCounters } from './ingest-counters.ts';
import { Pipeline } from './pipeline.ts';

const NOW = 1_800_000_000_000;

/** An interface, as its messages reach the pipeline. */
function captured(rate = 1, samplingMethod: 'systematic' | 'flow' = 'systematic') {
  const texts = new TextColumns();
  const meter = { sampling: rate };
  const pipeline = new Pipeline({
    maxExporters: 10,
    counters: ingestCounters(),
    texts,
    rules: captureRules({ interfaces: ['eth1'], ringBytes: 1, meter }),
    elements: [],
    networks: NO_HOME,
    metered: true,
  });
  const batch = new FlowBatch(20_000, allColumnNames, undefined, true);
  texts.begin(batch);
  pipeline.bind(batch);
  let nowMs = NOW;
  const stream = new CaptureStream('eth1', 1, rate, ({ view, lengths, sourceWords, sourcePorts }) =>
    pipeline.accept(view, 0, lengths[0]!, sourceWords, 0, sourcePorts[0]!, nowMs, 'keep', false),
  );
  stream.opened(7, { drops: 0, unsure: 0 });
  return {
    pipeline,
    stream,
    flush: (atMs: number, up: boolean, drops: number, unsure = 0) => {
      nowMs = atMs;
      stream.nowMs = atMs;
      stream.flush(atMs, up, { drops, unsure });
    },
    /** A flow of one packet that is over. */
    flow: () => {
      const sampling = rate === 1 ? ({ kind: 'none' } as const) : { kind: samplingMethod, rate };
      const one = new Meter({ ...DEFAULT_METER, sampling }, stream);
      const fields = newPacketFields();
      Object.assign(fields, { hasIp: true, ipVersion: 4, protocol: 17, hasPorts: true, srcPort: 1, dstPort: 53 });
      fields.ipBytes = 100;
      fields.srcAddr.set([0, 0, 0xffff, 0x0a00_0001]);
      fields.dstAddr.set([0, 0, 0xffff, 0x0a00_0002]);
      for (let i = 0; i < 200 * rate; i++) {
        if (samplingMethod === 'flow') fields.srcPort = i;
        one.packet(fields, 114, nowMs - 1_000, 7);
        if (one.open > 0) break;
      }
      one.finish();
    },
    row: (...names: Parameters<typeof columnOf>[0][]) =>
      Object.fromEntries(names.map((name) => [name, cellOf(batch, columnOf(name), batch.rows - 1)])),
    rows: () => batch.rows,
  };
}

test('a flow of an interface is a row of the meter, exported by the node itself', () => {
  const { flow, flush, row, rows } = captured();
  flow();
  flush(NOW, true, 0);
  expect(rows()).toBe(1);
  expect(row('format', 'exporter', 'domain', 'in_if', 'raw_bytes', 'sampling_origin', 'end_reason')).toEqual({
    format: 'meter',
    exporter: '100::1',
    domain: 1,
    in_if: 7,
    raw_bytes: 100,
    sampling_origin: 'default',
    end_reason: 'forced',
  });
});

test('a rate that was set for the capture is configured, in one stream', () => {
  const { flow, flush, row, pipeline } = captured(100);
  flush(NOW, true, 0);
  flow();
  flush(NOW + 1_000, true, 0);
  expect(row('sampling', 'sampling_origin', 'domain')).toEqual({
    sampling: 100,
    sampling_origin: 'configured',
    domain: 1,
  });
  expect(pipeline.exporters.list()).toHaveLength(1);
  expect(pipeline.exporters.list()[0]!.counts.lost).toBeUndefined();
});

test('one flow in so many, chosen for the capture, is told from one packet in so many', () => {
  const { flow, flush, row } = captured(16, 'flow');
  flow();
  flush(NOW, true, 0);
  expect(row('sampling', 'sampling_origin')).toEqual({ sampling: 16, sampling_origin: 'flows' });
});

test('the interface has its name, and what the kernel dropped since the capture began is lost', () => {
  const { flush, pipeline } = captured();
  flush(NOW, true, 0);
  flush(NOW + 5_000, true, 7);
  flush(NOW + 10_000, true, 9);
  const [state] = pipeline.exporters.states(NOW + 10_000);
  expect(state).toMatchObject({ exporter: '100::1', name: 'this node', format: 'meter', domain: 1 });
  expect(state!.interfaces).toMatchObject([{ index: 7, name: 'eth1' }]);
  expect(pipeline.exporters.list()[0]!.counts).toMatchObject({ unmetered_packets: 9, options: 3 });
});

test('packets that may be copies are told as they are counted, each once', () => {
  const { flush, pipeline } = captured();
  flush(NOW, true, 0);
  flush(NOW + 1_000, true, 0, 3);
  flush(NOW + 2_000, true, 0, 3);
  flush(NOW + 3_000, false, 0, 5);
  expect(pipeline.exporters.list()[0]!.counts).toMatchObject({ duplicates_unsure: 5, options: 3 });
  expect(pipeline.exporters.list()[0]!.counts.unmetered_packets).toBeUndefined();
});

test('an interface is heard of while it is up, with and without traffic, and not when flows of before end', () => {
  const { flow, flush, pipeline } = captured();
  flush(NOW, true, 0);
  expect(pipeline.exporters.heard()).toEqual([['100::1', 1, NOW, 0, 0]]);
  flush(NOW + 10_000, true, 0);
  expect(pipeline.exporters.heard()).toEqual([['100::1', 1, NOW + 10_000, 0, 0]]);
  flow();
  flush(NOW + 20_000, false, 0);
  expect(pipeline.exporters.heard()).toEqual([]);
  flush(NOW + 30_000, true, 0);
  expect(pipeline.exporters.heard()).toEqual([['100::1', 1, NOW + 30_000, 1, 100]]);
});

test('what was dropped before the interface went is told of it, and not again of the one that comes in its place', () => {
  const { flush, stream, pipeline } = captured();
  flush(NOW, true, 0);
  flush(NOW + 1_000, false, 7);
  stream.opened(9, { drops: 10, unsure: 0 });
  flush(NOW + 2_000, true, 10);
  flush(NOW + 3_000, true, 12);
  expect(pipeline.exporters.list()[0]!.counts.unmetered_packets).toBe(12);
});

test('what is open is told where it is news, by minute, and is no sign of an interface that is down', () => {
  const { flush, stream, pipeline } = captured();
  flush(NOW, true, 0);
  const heardAt = () => pipeline.exporters.heard().map(([, , ms]) => ms);
  expect(heardAt()).toEqual([NOW]);
  const open = () => pipeline.exporters.table.all()[0]!.templates!.facts.open.list();
  const options = () => pipeline.exporters.list()[0]!.counts.options;
  const tell = (minutes: [number, number][]) => stream.tellOpen(new Map(minutes), NOW + 1_000);
  const before = options()!;
  tell([
    [NOW - 60_000, 3],
    [NOW, 2 ** 33],
  ]);
  expect(open()).toEqual([
    [NOW - 60_000, 3],
    [NOW, 2 ** 33],
  ]);
  tell([
    [NOW - 60_000, 3],
    [NOW, 5],
  ]);
  expect(options()).toBe(before + 3);
  tell([[NOW, 5]]);
  expect(open()).toEqual([[NOW, 5]]);
  tell([]);
  expect(open()).toEqual([]);
  expect(heardAt()).toEqual([]);
  expect(pipeline.exporters.list()[0]!.counts.unmetered_packets).toBeUndefined();
});
