import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CryptoPan, formatAddress, parseAddress } from '../flow/index.ts';
import { type TestStore, testStore } from '../query/store.testing.ts';
import { localQueryService, type QueryService } from '../server/index.ts';
import { anonymousService, readAnonymiser } from './command-query-anonymise.ts';

const T = 1_700_000_000_000;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz012345';
const folder = mkdtempSync(join(tmpdir(), 'weir-anonymise-'));
const key = join(folder, 'key');
const address = '10.1.2.3';
const hidden = formatAddress(new CryptoPan(Buffer.from(LETTERS)).address(parseAddress(address)!));

let store: TestStore;
let local: ReturnType<typeof localQueryService>;
let service: QueryService;

beforeAll(async () => {
  writeFileSync(key, `${LETTERS}\n`, { mode: 0o600 });
  store = await testStore([
    {
      time: T,
      start: T - 5,
      end: T,
      protocol: 6,
      raw_bytes: 2n ** 63n,
      raw_packets: 1,
      src_addr: address,
      user: 'al"ice',
    },
    {
      time: T + 1,
      start: T,
      end: T + 1,
      protocol: 17,
      raw_bytes: 7,
      raw_packets: 1,
      src_addr: '10.1.2.4',
      sampling: 4,
    },
  ]);
  const limits = { maxRunning: 1, maxWaiting: 1, timeoutMs: 5_000, scratchDirectory: folder };
  local = localQueryService(store, limits);
  service = anonymousService(local, await readAnonymiser(key, () => {}));
});
afterAll(async () => {
  await local.stop();
  expect(store.open()).toBe(0);
  store.close();
  rmSync(folder, { recursive: true });
});

const columns = ['end', 'protocol', 'src_addr', 'user', 'raw_bytes', 'bytes'];

describe('an anonymised export', () => {
  it('is CSV', async () => {
    const path = join(folder, 'a.csv');
    const done = await service.export({ columns }, { format: 'csv', path });
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(lines[0]).toBe(columns.join(','));
    expect(lines.find((l) => l.startsWith(`${T},`))).toMatch(
      new RegExp(`^${T},6,${hidden.replaceAll('.', '\\.')},user-[0-9a-f]{16},9223372036854775808,9223372036854775808$`),
    );
    expect(done).toMatchObject({ rows: 2, bytes: readFileSync(path).length });
    expect(done.quality.scans.status).toBe('not_assessed');
  });

  it('is JSONL, of what the filter selects by its real values', async () => {
    const path = join(folder, 'a.jsonl');
    expect((await service.export({ columns, filter: `ip ${address}` }, { format: 'jsonl', path })).rows).toBe(1);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ src_addr: hidden, end: T, protocol: 6 });
  });

  it('is Parquet with the types of every other export, and leaves nothing beside it', async () => {
    const path = join(folder, 'a.parquet');
    expect((await service.export({}, { format: 'parquet', path })).rows).toBe(2);
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const read = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJson();
    const types = await read(`SELECT column_name, column_type FROM (DESCRIBE FROM '${path}')`);
    expect(Object.fromEntries(types as [string, string][])).toMatchObject({
      end: 'TIMESTAMP',
      src_addr: 'VARCHAR',
      protocol: 'UTINYINT',
      raw_bytes: 'UBIGINT',
      sampling_origin: 'VARCHAR',
    });
    const rows = await read(
      `SELECT epoch_ms("end")::VARCHAR, src_addr, raw_bytes::VARCHAR, dst_addr FROM '${path}' ORDER BY 1`,
    );
    expect(rows[0]).toEqual([String(T), hidden, String(2n ** 63n), null]);
    connection.closeSync();
    instance.closeSync();
    expect(readdirSync(folder).filter((f) => f.includes('.part'))).toEqual([]);
  });

  it('has no order', async () => {
    const asked = service.export({ order: 'time' }, { format: 'csv', path: join(folder, 'b.csv') });
    await expect(asked).rejects.toMatchObject({ code: 'usage' });
  });
});

it('queries, reports and lists are anonymised', async () => {
  const answer = await service.query({ by: ['src_addr'], metrics: ['records'] });
  expect(answer.rows.map((r) => r[0])).toContain(hidden);
  const { header, records } = await service.flows({ columns: ['src_addr'], order: 'time' });
  expect(header.columns).toHaveLength(1);
  for await (const piece of records) expect(piece[0]).toEqual({ src_addr: hidden });
  expect(JSON.stringify(await service.report('talkers', {}))).not.toContain(address);
});

describe('the key file', () => {
  it('is warned of when others can read it', async () => {
    const told: string[] = [];
    const open = join(folder, 'open.key');
    writeFileSync(open, LETTERS);
    chmodSync(open, 0o644);
    await readAnonymiser(open, (text) => told.push(text));
    await readAnonymiser(key, (text) => told.push(text));
    expect(told).toEqual([`warning: other users can read the key ${open} (mode 644): chmod 600 ${open}\n`]);
  });

  it.each([
    ['that is not there', 'none.key', 'no such file'],
    ['that is a folder', '.', 'a directory, not a file'],
  ])('%s is an error that names it', async (_, name, cause) => {
    const path = join(folder, name);
    await expect(readAnonymiser(path, () => {})).rejects.toThrow(new RegExp(`--anonymise: .*${cause}`));
  });

  it('that is endless is no key', async () => {
    await expect(readAnonymiser('/dev/zero', () => {})).rejects.toThrow('/dev/zero is no key');
  });
});
