import { expect, test } from 'vitest';
import { mergeLedger } from '../truth/index.ts';
import { flowEncoder, openOptions } from '../wire/index.ts';
import { session } from './metered-session.testing.ts';
import { meterMessages } from './piped-meter.testing.ts';
import { HOST_EXPORTER } from './piped-rules.ts';
import type { Pipeline } from './pipeline.ts';

const T = Date.UTC(2026, 10, 22, 12);

/** What a meter tells of its open flows, by minute. */
function openMessages(open: readonly (readonly [number, number])[]): Uint8Array[] {
  const messages: Uint8Array[] = [];
  const encoder = flowEncoder('ipfix', {
    domain: 1,
    mtu: 1_400,
    refreshDatagrams: 0,
    refreshMs: 0,
    send: (bytes) => messages.push(Uint8Array.from(bytes)),
  });
  for (const [minute, packets] of open) encoder.tell(openOptions({ domain: 1, minute, packets }), 1, T);
  encoder.flush(T);
  return messages;
}

const unmetered = (pipeline: Pipeline) =>
  mergeLedger(pipeline.exporters.takeLedger()).flatMap(({ minute, counts }) =>
    counts.unmetered_packets ? [[minute, counts.unmetered_packets]] : [],
  );

test('the process after one that was killed begins anew: its sequence is no loss and no restart of an exporter', () => {
  const { pipeline, batch, take, ends } = session();
  for (const message of meterMessages(5, T)) take(message, T);
  ends(T + 1_000);
  for (const message of meterMessages(3, T)) take(message, T + 2_000);
  expect(batch.rows).toBe(8);
  const [entry] = mergeLedger(pipeline.exporters.takeLedger());
  expect(entry!.exporter).toBe(HOST_EXPORTER);
  expect(entry!.counts).toMatchObject({ records: 8 });
  for (const trouble of ['lost', 'restarts', 'duplicated', 'error_no_template'] as const)
    expect(entry!.counts[trouble]).toBeUndefined();
});

test('packets of flows that were open when it was killed are missing in the minutes that they came in', () => {
  const { pipeline, take, ends } = session();
  for (const message of openMessages([
    [T - 60_000, 7],
    [T, 3],
  ]))
    take(message, T + 1_000);
  expect(unmetered(pipeline)).toEqual([]);
  ends(T + 65_000);
  expect(unmetered(pipeline)).toEqual([
    [T - 60_000, 7],
    [T, 3],
  ]);
  // One that ended in order had told that none is open any more.
  for (const message of openMessages([
    [T, 3],
    [T, 0],
  ]))
    take(message, T + 70_000);
  ends(T + 71_000);
  expect(unmetered(pipeline)).toEqual([]);
});
