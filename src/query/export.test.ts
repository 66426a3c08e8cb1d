import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, describe, expect, it } from 'vitest';
import { csvLine, spreadsheetLine } from './csv.ts';
import { exportFlows } from './index.ts';
import { storesOfEachTest, type TestFlow } from './store.testing.ts';

const T = 1_700_000_000_000;
const folder = mkdtempSync(join(tmpdir(), 'weir-export-'));
afterAll(() => rmSync(folder, { recursive: true }));
const store = storesOfEachTest();

const flow = (n: number): TestFlow => {
  const src_addr = n % 2 === 0 ? '10.0.0.1' : '2001:db8::1';
  return {
    time: T + n,
    start: T,
    end: T + n,
    received: T,
    src_addr,
    protocol: 6,
    raw_bytes: n,
    raw_packets: 1,
    sampling: 2,
  };
};
const flows = [0, 1, 2].map(flow);
const columns = ['time', 'src_addr', 'dst_addr', 'in_if', 'sampling_origin', 'bytes', 'duration'];

describe('exportFlows', () => {
  it('writes CSV with a header and empty fields for what is not known', async () => {
    const path = join(folder, 'a.csv');
    const done = await exportFlows(await store(flows), { columns, order: 'time' }, { format: 'csv', path }, { now: T });
    const text = readFileSync(path, 'utf8');
    expect(text.split('\n')).toEqual([
      columns.join(','),
      `${T},10.0.0.1,,,default,0,0`,
      `${T + 1},2001:db8::1,,,default,2,1`,
      `${T + 2},10.0.0.1,,,default,4,2`,
      '',
    ]);
    expect(done).toMatchObject({ rows: 3, bytes: Buffer.byteLength(text) });
    expect(existsSync(`${path}.part`)).toBe(false);
  });

  it('writes one JSON object a line', async () => {
    const out = new PassThrough();
    const target = { format: 'jsonl', writable: out } as const;
    const done = await exportFlows(await store(flows), { columns, order: '-time', limit: 2 }, target, { now: T });
    out.end();
    const lines = (await out.setEncoding('utf8').toArray()).join('').trim().split('\n');
    expect(lines.map((l) => JSON.parse(l))).toEqual([
      { time: T + 2, src_addr: '10.0.0.1', sampling_origin: 'default', bytes: 4, duration: 2 },
      { time: T + 1, src_addr: '2001:db8::1', sampling_origin: 'default', bytes: 2, duration: 1 },
    ]);
    expect(done.rows).toBe(2);
  });

  it('writes Parquet that any tool reads: addresses as text, times as timestamps, NULL for what is not known', async () => {
    const path = join(folder, 'a.parquet');
    const most = { ...flow(1), raw_bytes: 2n ** 64n - 1n, src_mac: 0x01020a0b0cn, end_reason: 'idle' };
    const done = await exportFlows(await store([flow(0), most]), {}, { format: 'parquet', path }, { now: T });
    expect(done.rows).toBe(2);
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const read = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJson();
    const from = `FROM read_parquet('${path}')`;
    const types = await read(`SELECT column_name, column_type FROM (DESCRIBE SELECT * ${from})`);
    expect(Object.fromEntries(types as [string, string][])).toMatchObject({
      time: 'TIMESTAMP',
      src_addr: 'VARCHAR',
      sampling_origin: 'VARCHAR',
      protocol: 'UTINYINT',
      raw_bytes: 'UBIGINT',
      bytes: 'UBIGINT',
    });
    const wanted =
      'epoch_ms(time)::VARCHAR, src_addr, dst_addr, in_if, sampling_origin, raw_bytes::VARCHAR, bytes::VARCHAR, src_mac, end_reason';
    expect(await read(`SELECT ${wanted} ${from} ORDER BY time`)).toEqual([
      [String(T), '10.0.0.1', null, null, 'default', '0', '0', null, null],
      [String(T + 1), '2001:db8::1', null, null, 'default', String(2n ** 64n - 1n), null, '00:01:02:0a:0b:0c', 'idle'],
    ]);
    connection.closeSync();
    instance.closeSync();
  });

  it('filters, and writes what bound values cannot break', async () => {
    const path = join(folder, 'f.parquet');
    const done = await exportFlows(
      await store(flows),
      { filter: 'src ip 10.0.0.1' },
      { format: 'parquet', path },
      { now: T },
    );
    expect(done.rows).toBe(2);
  });

  it('waits for a slow reader', async () => {
    let waiting = 0;
    const slow = new Writable({
      highWaterMark: 1_000,
      write: (_chunk, _encoding, callback) => {
        waiting++;
        expect(waiting).toBe(1);
        setTimeout(() => {
          waiting--;
          callback();
        }, 1);
      },
    });
    const many = Array.from({ length: 6_000 }, (_, n) => flow(n));
    const done = await exportFlows(
      await store(many),
      { columns: ['time'] },
      { format: 'csv', writable: slow },
      { now: T },
    );
    expect(done.rows).toBe(6_000);
    expect(slow.writableLength).toBeLessThan(100_000);
  });

  it('ends when the reader goes away, and leaves no half file', async () => {
    const many = Array.from({ length: 6_000 }, (_, n) => flow(n));
    const gone = new Writable({ highWaterMark: 1, write: () => setTimeout(() => gone.destroy(), 5) });
    const target = { format: 'csv', writable: gone } as const;
    await expect(exportFlows(await store(many), {}, target, { now: T })).rejects.toMatchObject({ code: 'cancelled' });
    const path = join(folder, 'none', 'x.csv');
    await expect(exportFlows(await store(many), {}, { format: 'csv', path }, { now: T })).rejects.toMatchObject({
      code: 'system',
    });
  });

  it('refuses Parquet to a stream, and no target', async () => {
    const s = await store([]);
    const parquet = { format: 'parquet', writable: new PassThrough() } as const;
    await expect(exportFlows(s, {}, parquet, { now: T })).rejects.toMatchObject({ code: 'usage' });
    await expect(exportFlows(s, {}, { format: 'csv' }, { now: T })).rejects.toMatchObject({ code: 'usage' });
  });
});

it('for spreadsheets no text begins as a formula does, and numbers stay numbers', () => {
  expect(spreadsheetLine(['=1+1', '+x', '-x', '@x', '\tx', 'a=b', '', -5, null])).toBe(
    "'=1+1,'+x,'-x,'@x,'\tx,a=b,,-5,\n",
  );
});

it('a CSV file for spreadsheets has them so', async () => {
  const named = [{ ...flow(1), process: '=HYPERLINK("http://x")' }];
  const path = join(folder, 'sheet.csv');
  await exportFlows(
    await store(named),
    { columns: ['process', 'src_addr'] },
    { format: 'csv', path, spreadsheet: true },
    { now: T },
  );
  expect(readFileSync(path, 'utf8').split('\n')[1]).toBe(`"'=HYPERLINK(""http://x"")",2001:db8::1`);
});

describe('csvLine', () => {
  it('quotes as RFC 4180 says', () => {
    expect(csvLine(['a,b', 'c"d', 'e\nf', 'plain', 1, null])).toBe('"a,b","c""d","e\nf",plain,1,\n');
  });
});
