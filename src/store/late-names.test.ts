import { expect, test } from 'vitest';
import type { FlowBatch } from '../flow/index.ts';
import { batchOf, put, storeOfEachTest, T0 } from './store.testing.ts';

const own = storeOfEachTest();
const TEXTS = { application: ['', 'ftp', 'ftp-data'] };

/** A connection between the same two hosts to `port`, from a port of its own: a client's transfers do not come from where it talks. */
function connection(port: number, application: number): FlowBatch {
  const batch = batchOf(1, T0);
  batch.texts = TEXTS;
  batch.u32('src_lo').set([0x0a00_0001, 0xffff]);
  batch.u32('dst_lo').set([0x0a00_0002, 0xffff]);
  batch.u16('src_port')[0] = port === 21 ? 40_000 : 40_001;
  batch.u16('dst_port')[0] = port;
  batch.u8('protocol')[0] = 6;
  batch.u8('tcp_flags')[0] = 0x1b;
  batch.u8('sampling_origin')[0] = 1;
  batch.u32('raw_packets')[0] = 12;
  batch.u32('application')[0] = application;
  return batch;
}

async function applications(): Promise<unknown[]> {
  const view = await own.reader.view({ from: 0, to: Number.MAX_SAFE_INTEGER });
  try {
    const sql = `SELECT dst_port, application, application_evidence FROM ${view.relation} ORDER BY dst_port`;
    return (await view.run(sql, [], { timeoutMs: 30_000 })).rows.map((row) => row.map(String).join(' '));
  } finally {
    view.release();
  }
}

test('a row has the name that a later one gives it in views and in its segment', async () => {
  put(own.store, connection(30_123, 0), T0);
  expect(await applications()).toEqual(['30123  0']);
  put(own.store, connection(21, 1), T0);
  const wanted = ['21 ftp 0', '30123 ftp-data 3'];
  expect(await applications()).toEqual(wanted);
  expect(own.store.lateNames).toMatchObject({ written: 1, dropped: 0 });
  await own.store.flush();
  expect(await applications()).toEqual(wanted);
});

test('a row that comes after its explanation went to a segment has its name all the same', async () => {
  put(own.store, connection(21, 1), T0);
  await own.store.flush();
  put(own.store, connection(30_123, 0), T0);
  await own.store.flush();
  expect(await applications()).toEqual(['21 ftp 0', '30123 ftp-data 3']);
});

test('rows on their way to a segment keep the names that they have there', async () => {
  put(own.store, connection(30_123, 0), T0);
  const flushed = own.store.flush();
  // The segment is being written: its row must not change before history has it too.
  const later = connection(21, 1);
  await Promise.resolve();
  put(own.store, later, T0);
  own.store.nameLate();
  expect(own.store.lateNames.written).toBe(0);
  await flushed;
  expect(await applications()).toEqual(['21 ftp 0', '30123  0']);
});

test('a row that came last waits a minute for what explains it, though older ones are due', async () => {
  put(own.store, connection(443, 0), T0);
  own.clock.advance(290_000);
  put(own.store, connection(30_123, 0), T0 + 290_000);
  own.clock.advance(11_000);
  await own.store.tick();
  put(own.store, connection(21, 1), T0 + 301_000);
  await own.store.flush();
  expect(await applications()).toContain('30123 ftp-data 3');
});
