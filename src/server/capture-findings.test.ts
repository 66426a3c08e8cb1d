import { expect, test } from 'vitest';
import type { CounterSample } from '../base/index.ts';
import { captureFindings } from './capture-findings.ts';

const OVER_MS = 600_000;

const sample = (name: string, value: number, labels?: Record<string, string>): CounterSample => ({
  name,
  help: '',
  value,
  ...(labels ? { labels } : {}),
});

function capture(name: string, up: boolean, packets: number, drops: number): CounterSample[] {
  const labels = { interface: name };
  return [
    sample('weir_capture_up', Number(up), labels),
    sample('weir_capture_packets_total', packets, labels),
    sample('weir_capture_kernel_drops_total', drops, labels),
  ];
}

const found = (counters: readonly CounterSample[], sinceMs: number | null = null) =>
  captureFindings({ counters, sinceRise: () => sinceMs }, OVER_MS);

test('a node that captures nothing has nothing to say of it', () => {
  expect(found([sample('weir_ingest_datagrams_total', 3)])).toEqual([]);
});

test('all is well where every interface is up and no packet was dropped', () => {
  expect(found([...capture('eth1', true, 10, 0), ...capture('eth2', true, 5, 0)])).toEqual([
    { level: 'ok', subject: 'capture', text: '15 packets taken from eth1, eth2, none dropped' },
  ]);
  const twice = [...capture('eth1', true, 10, 0), sample('weir_meter_duplicate_packets_total', 4)];
  expect(found(twice)[0]!.text).toBe(
    '10 packets taken from eth1, none dropped; 4 of them were copies that the mirror made, and left out',
  );
});

test('an interface that is gone and packets that are dropped are told by name, with what to do', () => {
  const counters = [...capture('eth1', false, 10, 0), ...capture('eth2', true, 900, 100)];
  const findings = found(counters, 1_000);
  expect(findings.map((f) => [f.level, f.text])).toEqual([
    ['warn', 'interface eth1 is down, gone or without carrier: nothing is metered there'],
    ['warn', 'packets were dropped because they came faster than they were metered: 100 of eth2 (10.00 %)'],
  ]);
  expect(findings.every((f) => f.advice)).toBe(true);
});

test('keys of ESP that do not fit are told, ESP without a key is no trouble', () => {
  const failed = (cause: string, value: number) => sample('weir_capture_esp_key_failures_total', value, { cause });
  const counters = [
    ...capture('eth1', true, 10, 0),
    sample('weir_capture_esp_packets_total', 4, { result: 'opaque' }),
    ...[failed('integrity', 3), failed('implausible', 0)],
  ];
  expect(found(counters, 1_000)).toMatchObject([{ level: 'warn', text: expect.stringContaining('(integrity 3)') }]);
  expect(found(counters.slice(0, 4), 1_000)[0]).toMatchObject({ level: 'ok' });
});

test('drops of long ago are told, and are no trouble any more', () => {
  const [finding] = found(capture('eth1', true, 900, 100), OVER_MS);
  expect(finding).toMatchObject({ level: 'ok', text: expect.stringContaining('none in the last 10 min') });
});

test('flows that were ended early are told while it goes on', () => {
  const counters = [...capture('eth1', true, 10, 0), sample('weir_meter_emergency_expired_total', 7)];
  expect(found(counters, 1_000)[0]).toMatchObject({ level: 'warn', text: expect.stringContaining('7 flows') });
  expect(found(counters, OVER_MS)[0]).toMatchObject({ level: 'ok' });
});
