import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStoreHere } from '../src/ingest/index.ts';
import { encodeNetflow5, type Netflow5Record } from '../src/wire/index.ts';
import { freeUdpPort, remove, sender, sleep, startNode, type TestNode, tempFolder } from './node.testing.ts';

const KILLS = 10;
const RECORDS = 30;
/** What the journal promises: a record that was received longer ago than this survives. */
const PROMISE_MS = 1_000;

let data: string;
beforeEach(() => {
  data = tempFolder();
});
afterEach(() => remove(data));

/** A datagram whose 30 records carry the numbers 30n to 30n + 29 as their bytes. */
function datagram(n: number, bootMs: number): Uint8Array {
  const now = Date.now();
  const records: Netflow5Record[] = Array.from({ length: RECORDS }, (_, i) => ({
    src: 0x0a000000 + (n & 0xffff),
    dst: 0xc0a80001,
    packets: 1,
    bytes: n * RECORDS + i,
    startMs: now - 1000,
    endMs: now,
    srcPort: 40_000,
    dstPort: 443,
    protocol: 6,
  }));
  return encodeNetflow5(records, { exportMs: now, bootMs, sequence: n * RECORDS }).datagrams[0]!;
}

test(`ten kill -9 at random moments under load: every record older than one second is there, once`, {
  timeout: 540_000,
}, async () => {
  const port = await freeUdpPort();
  const bootMs = Date.now() - 3_600_000;
  const sentAt: number[] = [];
  const killedAt: number[] = [];
  let node: TestNode | null = null;
  let running = true;
  const out = await sender(port);
  const load = (async () => {
    while (running) {
      if (node === null) await sleep(5);
      else {
        for (let i = 0; i < 20; i++) {
          sentAt.push(Date.now());
          await out.send(datagram(sentAt.length - 1, bootMs));
        }
        await sleep(5);
      }
    }
  })();
  for (let i = 0; i < KILLS; i++) {
    const started = await startNode(data, ['--segment-rows', '10000'], port);
    node = started;
    await sleep(300 + Math.random() * 2_500);
    node = null;
    killedAt.push(Date.now());
    await started.kill();
  }
  running = false;
  await load;
  out.close();

  const store = await openStoreHere(data, { threads: 2, memoryBytes: 512 << 20 });
  const view = await store.reader.view({ from: 0, to: Number.MAX_SAFE_INTEGER });
  const { rows } = await view.run(`SELECT raw_bytes, count(*) FROM ${view.relation} GROUP BY 1`, [], {
    timeoutMs: 60_000,
  });
  expect(view.facts.damaged).toEqual([]);
  view.release();
  await store.close();

  const seen = new Map(rows.map(([bytes, n]) => [Number(bytes), Number(n)]));
  const twice = [...seen].filter(([, n]) => n !== 1);
  expect(twice).toEqual([]);
  const missing: { record: number; beforeKillMs: number }[] = [];
  sentAt.forEach((at, n) => {
    const kill = killedAt.find((k) => k >= at) ?? Number.POSITIVE_INFINITY;
    if (kill - at <= PROMISE_MS) return;
    for (let i = 0; i < RECORDS; i++)
      if (!seen.has(n * RECORDS + i)) missing.push({ record: n * RECORDS + i, beforeKillMs: kill - at });
  });
  expect(missing.slice(0, 10)).toEqual([]);
  // The load was real, and most of it is older than a second.
  expect(seen.size).toBeGreaterThan(100_000);
});
