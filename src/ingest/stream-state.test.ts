import { describe, expect, it } from 'vitest';
import { allColumnNames, FlowBatch, parseAddress, TextColumns } from '../flow/index.ts';
import type { ExporterState } from '../truth/index.ts';
import { counterSample, interfaceCounters, string, structure, words } from '../wire/sflow/sflow.testing.ts';
import { options10, set, template10, u } from '../wire/template.testing.ts';
import { newPipeline } from './exporters.testing.ts';
import { ingestCounters } from './ingest-counters.ts';
import type { Stream } from './stream.ts';
import { changedState, stateOf } from './stream-state.ts';

const NOW = Date.UTC(2026, 10, 21, 12);

/** A node to which one exporter sends, and the stream that it makes of it. */
function node(family: number) {
  const texts = new TextColumns();
  const pipeline = newPipeline(10, ingestCounters(), texts);
  const batch = new FlowBatch(32_768, allColumnNames, undefined, true);
  batch.clear();
  texts.begin(batch);
  pipeline.bind(batch);
  const source = Uint32Array.from(parseAddress('192.0.2.1')!);
  return (body: readonly number[], timeMs = NOW, agent = '192.0.2.1', samples = 1): Stream => {
    const head =
      family === 10
        ? [...u(10, 2), ...u(16 + body.length, 2), ...u(NOW / 1000, 4), ...u(0, 4), ...u(0, 4)]
        : words(5, 1, parseAddress(agent)![3]!, 0, 1, 1_000, samples);
    const bytes = Uint8Array.from([...head, ...body]);
    pipeline.accept(new DataView(bytes.buffer), 0, bytes.length, source, 0, 2055, timeMs, 'keep', false);
    const address = family === 10 ? source : Uint32Array.from(parseAddress(agent)!);
    return pipeline.exporters.table.find(source, 0, address, 0, 2055, family === 10 ? 2 : 3, 0, timeMs, -1);
  };
}

const name = (index: number, text: string) => [...u(index, 4), ...Buffer.from(text.padEnd(8, '\0'))];
const NAMES = options10(300, [[10, 4]], [[82, 8]]);

describe('the state of a stream', () => {
  it('is given once, and again when something lasting changed', () => {
    const send = node(10);
    const s = send(template10(256, [[8, 4]]));
    expect(changedState(s, '', NOW)).toEqual(stateOf(s, ''));
    send(template10(256, [[8, 4]]), NOW + 1_000);
    expect(changedState(s, '', NOW + 1)).toBeNull();
    send(template10(257, [[12, 4]]), NOW + 2_000);
    expect(changedState(s, '', NOW + 2_000)?.templates.map(({ id }) => id)).toEqual([256, 257]);
    send([...NAMES, ...set(300, name(3, 'Gi0/3'))], NOW + 3_000);
    expect(changedState(s, '', NOW + 3_000)?.interfaces).toMatchObject([{ index: 3, name: 'Gi0/3' }]);
    send(set(300, name(3, 'Gi0/3')), NOW + 4_000);
    expect(changedState(s, '', NOW + 4_000)).toBeNull();
    send(set(300, name(3, 'Te0/3')), NOW + 5_000);
    expect(changedState(s, '', NOW + 5_000)?.interfaces).toMatchObject([{ index: 3, name: 'Te0/3' }]);
    expect(changedState(s, 'edge', NOW + 6_000)?.name).toBe('edge');
    expect(changedState(s, 'edge', NOW + 7_000)).toBeNull();
  });

  it('is given each minute while datagrams come, and once after the last', () => {
    const send = node(10);
    const s = send(template10(256, [[8, 4]]));
    let given = 0;
    let last: ExporterState | null = null as ExporterState | null;
    for (let second = 0; second < 300; second++) {
      if (second < 150) send(template10(256, [[8, 4]]), NOW + second * 1_000);
      const state = changedState(s, '', NOW + second * 1_000);
      if (state === null) continue;
      given += 1;
      last = state;
      expect(state).toEqual(stateOf(s, ''));
    }
    expect(given).toBeGreaterThanOrEqual(3);
    expect(given).toBeLessThanOrEqual(5);
    expect(last?.last_seen).toBe(NOW + 149_000);
  });

  it('of an sFlow agent has its interfaces, and its address where that is another', () => {
    const send = node(5);
    const port = (text: string) => counterSample([structure(1_005, string(text)), interfaceCounters({ ifIndex: 9 })]);
    const s = send(port('Ethernet1'), NOW, '10.0.0.1');
    expect(changedState(s, '', NOW)).toMatchObject({ exporter: '192.0.2.1', agent: '10.0.0.1' });
    send(port('Ethernet1'), NOW + 1_000, '10.0.0.1');
    changedState(s, '', NOW + 1_000);
    send(port('Ethernet1'), NOW + 2_000, '10.0.0.1');
    expect(changedState(s, '', NOW + 2_000)).toBeNull();
    send(port('Ethernet2'), NOW + 3_000, '10.0.0.1');
    expect(changedState(s, '', NOW + 3_000)?.interfaces).toMatchObject([{ index: 9, name: 'Ethernet2' }]);
    const own = send(port('Ethernet1'), NOW, '192.0.2.1');
    expect(changedState(own, '', NOW)?.agent).toBe('');
  });
});
