import { expect, it } from 'vitest';
import { session } from '../ingest/metered-session.testing.ts';
import { lowerLevels } from '../truth/index.ts';
import { HostStream } from './host-stream.ts';

const T = Date.UTC(2026, 10, 22, 12);
const MINUTE = 60_000;
const FLOW = { start: T, end: T, raw_bytes: 10, raw_packets: 1, protocol: 6, host: 'a1' };

/** What the receiver has in its ledger of a meter that looks once a second, and has one record at once. */
function told(level: 'ebpf' | 'sock_diag' | 'proc', seconds: number, jumpMs = 0) {
  const { pipeline, take } = session();
  let nowMs = T;
  const stream = new HostStream('a1', false, (message) => take(Uint8Array.from(message), nowMs));
  stream.add(FLOW, nowMs);
  for (let second = 0; second <= seconds; second++) {
    nowMs = T + second * 1_000 + (second > 5 ? jumpMs : 0);
    stream.flush(nowMs, { unmetered: 0, removed: null, level, open: new Map() });
  }
  return lowerLevels(pipeline.exporters.takeLedger());
}

it('a host at a lower level says so with its first record, and then for how long', () => {
  expect(told('ebpf', 120)).toEqual([]);
  expect(told('sock_diag', 0)).toEqual([{ exporter: '100::2', level: 'sock_diag', ms: 1 }]);
  const [long] = told('proc', 120);
  expect(long).toMatchObject({ level: 'proc' });
  expect(long!.ms).toBeGreaterThan(1.8 * MINUTE);
  expect(long!.ms).toBeLessThanOrEqual(2 * MINUTE + 1);
});

it('a clock that is set is no time at a lower level', () => {
  expect(told('sock_diag', 60, 3_600_000)[0]!.ms).toBeLessThan(1.5 * MINUTE);
});
