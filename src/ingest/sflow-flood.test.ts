import { expect, it } from 'vitest';
import { allColumnNames, FlowBatch, parseAddress, TextColumns } from '../flow/index.ts';
import { addCounts, type LedgerCounts } from '../truth/index.ts';
import {
  counterSample,
  expandedSample,
  flowSample,
  interfaceCounters,
  rawHeader,
  words,
} from '../wire/sflow/sflow.testing.ts';
import { newPipeline } from './exporters.testing.ts';
import { ingestCounters } from './ingest-counters.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const WEEK = 7 * 86_400_000;
const FRAME = [
  ...[...new Array(12).fill(2), 8, 0, 0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0],
  ...[10, 0, 0, 1, 10, 0, 0, 2, 0, 53, 0, 53, 0, 26, 0, 0],
];

function node() {
  const texts = new TextColumns();
  const pipeline = newPipeline(10_000, ingestCounters(), texts);
  const batch = new FlowBatch(32_768, allColumnNames, undefined, true);
  batch.clear();
  texts.begin(batch);
  pipeline.bind(batch);
  return (agent: string, sequence: number, samples: readonly (readonly number[])[], timeMs: number) => {
    batch.rows = 0;
    const address = parseAddress(agent)!;
    const bytes = Uint8Array.from([
      ...words(5, 1, address[3]!, 0, sequence, timeMs % 1_000_000_000, samples.length),
      ...samples.flat(),
    ]);
    pipeline.accept(
      new DataView(bytes.buffer),
      0,
      bytes.length,
      Uint32Array.from(address),
      0,
      6343,
      timeMs,
      'keep',
      false,
    );
    const counts: LedgerCounts = {};
    for (const e of pipeline.exporters.takeLedger()) if (e.exporter === agent) addCounts(counts, e.counts);
    return counts;
  };
}

let source = 0;
const forged = () =>
  Array.from({ length: 1_100 }, () => expandedSample([rawHeader(FRAME)], { source: ++source, input: 1 }));
const honest = (sequence: number) => [
  flowSample([rawHeader(FRAME)], { sequence, source: 3, drops: sequence * 10 }),
  counterSample([interfaceCounters({ ifIndex: 3, inOctets: [0, sequence * 1_000] })], sequence),
];

it.each([
  ['one address', () => '192.0.2.66'],
  ['many addresses', (i: number) => `198.51.100.${1 + (i % 50)}`],
])(
  'an agent that comes during or after a flood of data sources from %s shows its loss, drops and interfaces',
  (_, from) => {
    const send = node();
    for (let i = 0; i < 60; i++) send(from(i), i, forged(), NOW + i);
    for (const [agent, at] of [
      ['192.0.2.1', NOW + 1_000],
      ['192.0.2.2', NOW + WEEK],
    ] as const) {
      const sum: LedgerCounts = {};
      for (const sequence of [1, 2, 3, 50, 51]) {
        addCounts(sum, send(agent, sequence, honest(sequence), at + sequence * 1_000));
        if (at < NOW + WEEK) send(from(sequence), 100 + sequence, forged(), at + sequence * 1_000);
      }
      expect(sum).toMatchObject({ lost: 46, exporter_drops: 500, if_in_octets: 50_000 });
    }
  },
  20_000,
);
