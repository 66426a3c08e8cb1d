import { expect, it } from 'vitest';
import { CounterSheet } from '../base/index.ts';
import { Metrics } from './metrics.ts';

function sheet(datagrams: number) {
  const s = new CounterSheet([
    { key: 'datagrams', name: 'weir_ingest_datagrams_total', help: 'Datagrams' },
    { key: 'short', name: 'weir_ingest_errors_by_cause_total', help: 'Errors', labels: { cause: 'short' } },
    { key: 'version', name: 'weir_ingest_errors_by_cause_total', help: 'Errors', labels: { cause: 'version' } },
    { key: 'queued', name: 'weir_ingest_buffer_queued_bytes', help: 'Queued', kind: 'gauge' },
  ]);
  s.set('datagrams', datagrams);
  s.set('short', 2);
  s.set('queued', 5);
  return s.handle();
}

it('fills the page from the counters of all threads, at each scrape anew', async () => {
  const first = sheet(10);
  const sheets = [first, sheet(5)];
  const metrics = new Metrics({
    version: '1.2.3',
    counters: () => sheets,
    exporters: async () => [
      { exporter: '192.0.2.1', domain: 7, counts: { records: 3 }, burst_10ms: 5, burst_100ms: 9 },
      { exporter: '192.0.2.1', domain: 7, counts: { records: 4, lost: 1 }, burst_10ms: 6, burst_100ms: 7 },
      ...Array.from({ length: 150 }, (_, i) => ({
        exporter: `198.51.100.${i}`,
        domain: 0,
        counts: {},
        burst_10ms: 1,
        burst_100ms: i < 120 ? 2 : 1,
      })),
    ],
    buffers: () => [
      {
        port: 'sflow',
        limitBytes: 1_000,
        highWaterBytes: 700,
        highWaterHourBytes: 600,
        burst10: 3,
        burst100: 4,
        overflow: 0,
        neededBytes: 9_200,
      },
    ],
    rules: async () => [{ rule: 'no banks', matched: 9, records: 7, bytes: 700, packets: 14 }],
    running: async () => [{ id: 'q1', kind: 'query', text: '', state: 'running', startedMs: 0, progress: 0 }],
  });
  metrics.start();
  const { contentType, text } = await metrics.page();
  expect(contentType).toContain('text/plain');
  expect(text).toContain('weir_build_info{version="1.2.3"} 1');
  expect(text).toContain('weir_ingest_datagrams_total 15');
  expect(text).toContain('weir_ingest_errors_by_cause_total{cause="short"} 4');
  expect(text).toContain('weir_ingest_errors_by_cause_total{cause="version"} 0');
  expect(text).toContain('weir_ingest_buffer_queued_bytes 10');
  expect(text).toContain('weir_exporter_records_total{exporter="192.0.2.1",domain="7"} 7');
  expect(text).toContain('weir_exporter_burst_datagrams{exporter="192.0.2.1",window="10ms"} 6');
  expect(text).toContain('weir_exporter_burst_datagrams{exporter="192.0.2.1",window="100ms"} 9');
  expect(text.match(/^weir_exporter_burst_datagrams\{/gm)).toHaveLength(200);
  expect(text).not.toContain('exporter="198.51.100.140"');
  expect(text).toContain('weir_receive_buffer_high_water_bytes{port="sflow",since="start"} 700');
  expect(text).toContain('weir_receive_buffer_high_water_bytes{port="sflow",since="1h"} 600');
  expect(text).toContain('weir_receive_burst_datagrams{port="sflow",window="100ms"} 4');
  expect(text).toContain('weir_receive_buffer_needed_bytes{port="sflow"} 9200');
  expect(text).toContain('weir_receive_buffer_granted_bytes{port="sflow"} 1000');
  expect(text).toContain('weir_queries{state="running"} 1');
  expect(text).toContain('weir_host_policy_rule_removed_records_total{rule="no banks"} 7');
  expect(text).toContain('process_resident_memory_bytes');

  new Float64Array(first.memory)[0] = 11;
  expect((await metrics.page()).text).toContain('weir_ingest_datagrams_total 16');
  metrics.stop();
});
