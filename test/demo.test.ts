import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Truth } from '../src/demo/index.ts';
import { remove, startNode, type TestNode, tempFolder, weir, weirJson } from './node.testing.ts';

const folder = tempFolder();
afterAll(() => remove(folder));

const SIZE = ['--seed', '11', '--days', '1', '--flows', '6000', '--until', '2026-10-15T09:30:00Z'] as const;
const newData = () => join(mkdtempSync(join(folder, 'demo-')), 'store');
const make = (data: string) => weirJson<Made>('demo', ...SIZE, '--data', data);

interface Made {
  readonly source: string;
  readonly records: number;
  readonly rows: number;
  readonly lost: number;
  readonly truth: string;
  readonly config: string;
}
interface Answer {
  readonly rows: readonly (readonly (string | number)[])[];
  readonly total: Readonly<Record<string, number>>;
  readonly quality: {
    readonly sampling: { readonly error95: Readonly<Record<string, { readonly half_width: number }>> };
    readonly gaps: { readonly status: string; readonly measured: number };
    readonly lost: { readonly records: number };
  };
}

let data = '';
let again = '';
let made: Made;
let truth: Truth;
let node: TestNode;

/** A question about the whole time of the demo, or a part of it, to the node that the demo's configuration starts. */
async function ask(filter: string, more: Record<string, unknown> = {}): Promise<Answer> {
  const { from_ms: from, to_ms: to } = truth;
  const query = { from, to, filter, by: [], metrics: ['bytes', 'packets', 'records', 'flows'], ...more };
  const response = await fetch(`${node.http}/api/v1/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(query),
  });
  const answer: unknown = await response.json();
  expect([response.status, answer]).toEqual([200, answer]);
  return answer as Answer;
}

beforeAll(async () => {
  data = newData();
  again = newData();
  made = await make(data);
  truth = JSON.parse(readFileSync(made.truth, 'utf8')) as Truth;
  node = await startNode(data, ['--config', made.config]);
});
afterAll(async () => node?.stop());

describe('a demo in a store', () => {
  test('each planted event is what its filter finds, record by record', async () => {
    const events = truth.events.filter(({ filter }) => filter !== null);
    expect(events.length).toBeGreaterThan(9);
    for (const { kind, filter, told, from_ms, to_ms } of events) {
      const sum = { bytes: 0, packets: 0, records: 0 };
      for (const by of told) {
        sum.bytes += by.bytes;
        sum.packets += by.packets;
        sum.records += by.records;
      }
      const { total } = await ask(filter!);
      expect([kind, total]).toEqual([kind, expect.objectContaining(sum)]);
      expect([kind, sum.records > 0, from_ms < to_ms]).toEqual([kind, true, true]);
    }
  });

  test('pieces of a flow that lasts count once', async () => {
    const { filter, made: flows, told } = truth.events.find(({ kind }) => kind === 'exfiltration')!;
    const { total } = await ask(filter!);
    expect(total.flows).toBe(flows!.flows);
    expect(told[0]!.records).toBeGreaterThan(flows!.flows);
  });

  test('what the sampled router passed lies within the error that the answer states', async () => {
    const dorms = truth.exporters.find(({ sampling }) => sampling > 1)!;
    const { total, quality } = await ask(`exporter ${dorms.address}`);
    const { bytes, packets } = quality.sampling.error95;
    expect(packets!.half_width).toBeGreaterThan(0);
    expect(Math.abs(total.packets! - dorms.passed.packets)).toBeLessThan(packets!.half_width);
    expect(Math.abs(total.bytes! - dorms.passed.bytes)).toBeLessThan(bytes!.half_width);
  });

  test('what was lost on the way is in the ledger, to the record', async () => {
    const lost = truth.exporters.reduce((sum, e) => sum + e.lost.records, 0);
    expect(lost).toBeGreaterThan(0);
    expect(made.lost).toBe(lost);
    expect((await ask('any')).quality.lost.records).toBe(lost);
  });

  test('the outage of an exporter was not measured, and the rest was', async () => {
    const outage = truth.events.find(({ kind }) => kind === 'exporter_outage')!;
    const during = { from: outage.from_ms, to: outage.to_ms };
    const measured = async (filter: string, range: object) => (await ask(filter, { ...range })).quality.gaps.measured;
    expect(await measured(`exporter ${outage.actors.exporter}`, during)).toBe(0);
    expect(await measured('any', during)).toBeLessThan(1);
    const before = { from: outage.from_ms - 3_600_000, to: outage.from_ms };
    expect(await measured('any', before)).toBe(1);
  });

  test('the network outage is one: the exporter goes on, and nothing comes from the world', async () => {
    const outage = truth.events.find(({ kind }) => kind === 'network_outage')!;
    const from = outage.from_ms + 300_000;
    const range = { from, to: outage.to_ms };
    const before = { from: 2 * from - outage.to_ms - 300_000, to: outage.from_ms };
    const border = 'exporter 10.10.0.1 and not (src net 10.0.0.0/8 and dst net 10.0.0.0/8)';
    const inside = 'exporter 10.10.0.1 and src net 10.0.0.0/8 and dst net 10.0.0.0/8';
    expect((await ask(inside, range)).total.records).toBeGreaterThan(20);
    // What lasted since before it still ends.
    expect((await ask(border, range)).total.records).toBeLessThan(0.1 * (await ask(border, before)).total.records!);
  });

  test('sites, processes, users and the list are named', async () => {
    const bySite = await ask('any', { by: ['src_site'] });
    expect(bySite.rows.map(([site]) => site)).toEqual(expect.arrayContaining(['north', 'dorms', 'lab']));
    const beacon = await ask('process updsvc', { by: ['process', 'user'] });
    expect(beacon.rows.length).toBeGreaterThan(0);
    expect((await ask('blocklist demo')).total.records).toBe(
      truth.events.find(({ kind }) => kind === 'listed_address')!.told[0]!.records,
    );
  });

  test('is marked as a demo', async () => {
    const { sources } = await weirJson<{ sources: { name: string; state: string }[] }>(...['sources', '--data', data]);
    expect(sources).toMatchObject([{ name: 'demo seed 11', state: 'complete' }]);
    expect((await ask('source = "demo seed 11"')).total.records).toBe(made.rows);
  });
});

test('the same seed gives the same store', async () => {
  await make(again);
  const content = async (store: string) => {
    const at = ['--data', store, '--from', String(truth.from_ms), '--to', String(truth.to_ms)];
    const by = 'exporter,protocol,dst_port,direction,application,src_site,process,user';
    const { rows } = await weirJson<Answer>(
      'query',
      'any',
      ...at,
      '--by',
      by,
      '--top',
      '100000',
      '--metrics',
      'bytes,packets,records,flows,duration',
    );
    return rows.map((row) => JSON.stringify(row)).sort();
  };
  expect(readFileSync(join(again, 'truth.json'), 'utf8')).toBe(readFileSync(join(data, 'truth.json'), 'utf8'));
  const [one, other] = [await content(data), await content(again)];
  expect(one.length).toBeGreaterThan(100);
  expect(other).toEqual(one);
});

describe('the directory of a demo', () => {
  test('one that holds something else is refused, and left as it is', async () => {
    const other = newData();
    mkdirSync(other);
    writeFileSync(join(other, 'letter.txt'), 'mine');
    expect(await weir('demo', ...SIZE, '--data', other)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('it holds something that is no demo'),
    });
    expect(readFileSync(join(other, 'letter.txt'), 'utf8')).toBe('mine');
    const store = newData();
    await (await startNode(store)).stop();
    expect(await weir('demo', ...SIZE, '--data', store)).toMatchObject({ code: 2 });
  });

  test('a demo is replaced by another one; not if a file of somebody lies in it, or a node ran on it', async () => {
    const there = again;
    const seeded = await weirJson<Made>('demo', ...SIZE, '--seed', '12', '--flows', '1000', '--data', there);
    expect(seeded.source).toBe('demo seed 12');
    writeFileSync(join(there, 'notes.txt'), 'mine');
    expect(await weir('demo', ...SIZE, '--data', there)).toMatchObject({
      stderr: expect.stringContaining('it holds notes.txt'),
    });
    writeFileSync(join(there, 'heartbeat'), '');
    expect(await weir('demo', ...SIZE, '--data', there)).toMatchObject({
      stderr: expect.stringContaining('a node has run there'),
    });
  });

  test.each([
    ['--seed', '-1'],
    ['--days', '32'],
    ['--flows', '10'],
    ['--until', '2999-01-01'],
  ])('%s %s is wrong usage, told before anything is written', async (flag, value) => {
    const never = newData();
    expect(await weir('demo', flag, value, '--data', never)).toMatchObject({ code: 2 });
    expect(await weir('sources', '--data', never)).toMatchObject({ code: 1 });
  });
});
