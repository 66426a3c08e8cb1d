import { describe, expect, test } from 'vitest';
import { FlowBatch, setWide, TextColumns } from '../../flow/index.ts';
import { CUBES } from './cubes.ts';
import type { RollupDelta } from './delta.ts';
import { RollupBuilder } from './rollup-builder.ts';

const MINUTE = Date.UTC(2026, 10, 21, 12, 57);
const SHAPE = ['time', 'src_port', 'dst_port', 'protocol', 'raw_bytes', 'raw_packets', 'direction'];
const TEXTS = ['application', 'category', 'service', 'src_site'];
const CATEGORIES = ['', 'web', 'mail'];

/** Rows of one packet each; `alike` of them at a time have the same port and application, and the next ones others, if asked for. */
function batchOf(rows: number, { alike = 1, ports = false, applications = '' } = {}): FlowBatch {
  const batch = new FlowBatch(rows, [...SHAPE, ...TEXTS]);
  const texts = new TextColumns();
  texts.begin(batch);
  for (let row = 0; row < rows; row++) {
    const group = Math.floor(row / alike);
    setWide(batch.u32('time'), row, MINUTE);
    setWide(batch.u32('raw_bytes'), row, 100 + row);
    setWide(batch.u32('raw_packets'), row, 1);
    batch.u16('src_port')[row] = ports ? 1 + group : 443;
    batch.u16('dst_port')[row] = 65_535;
    batch.u8('protocol')[row] = group % 2 === 0 ? 6 : 17;
    batch.u8('direction')[row] = group % 5;
    batch.u32('category')[row] = texts.of('category').code(CATEGORIES[group % 3]!);
    if (applications) batch.u32('application')[row] = texts.of('application').code(`${applications} ${group}`);
  }
  batch.rows = rows;
  return batch;
}

function deltaOf(batches: readonly FlowBatch[]): RollupDelta {
  const builder = new RollupBuilder();
  for (const batch of batches) expect(builder.add(batch, 0, batch.rows)).toBe(batch.rows);
  return builder.take();
}

/** Records of a cube by its small key, or by its first text. */
function records(delta: RollupDelta, name: string, by: 'number' | 'text'): Map<string, number> {
  const { id } = CUBES.find((cube) => cube.name === name)!;
  const found = new Map<string, number>();
  for (let row = 0; row < delta.rows; row++) {
    if (delta.cube[row] !== id) continue;
    const key = by === 'text' ? (delta.texts[delta.textKeys[0]![row]!] ?? '') : String(delta.keys[0]![2 * row]);
    found.set(key, (found.get(key) ?? 0) + delta.figures.get('records')![row]!);
  }
  return found;
}

function counted(groups: number, keyOf: (group: number) => string): Map<string, number> {
  const found = new Map<string, number>();
  for (let i = 0; i < groups; i++) found.set(keyOf(i), (found.get(keyOf(i)) ?? 0) + 1);
  return found;
}

describe('cubes that share one look at each row', () => {
  test.each([
    ['few groups', { rows: 30_000, batches: 1, alike: 1, ports: false, many: false }],
    ['as many groups as rows', { rows: 30_000, batches: 1, alike: 1, ports: true, many: false }],
    ['more texts than codes that can be packed', { rows: 60_000, batches: 7, alike: 5, ports: false, many: true }],
  ])('have each row once: %s', (_, { rows, batches, alike, ports, many }) => {
    const delta = deltaOf(
      Array.from({ length: batches }, (_, i) => batchOf(rows, { alike, ports, applications: many ? `part ${i}` : '' })),
    );
    const counts = (keyOf: (group: number) => string) =>
      new Map([...counted(rows / alike, keyOf)].map(([key, n]) => [key, n * alike * batches]));
    expect(records(delta, 'direction', 'number')).toEqual(counts((group) => String(group % 5)));
    expect(records(delta, 'protocol', 'number')).toEqual(counts((group) => (group % 2 === 0 ? '6' : '17')));
    expect(records(delta, 'category', 'text')).toEqual(counts((group) => CATEGORIES[group % 3]!));
    expect(records(delta, 'service-direction', 'text')).toEqual(new Map([['', rows * batches]]));
    expect(records(delta, 'reach', 'number')).toEqual(new Map([['0', rows * batches]]));
    for (const cube of ['application', 'protocol-service_port', 'site-pair']) {
      const all = [...records(delta, cube, 'number').values()].reduce((sum, n) => sum + n, 0);
      expect(all).toBe(rows * batches);
    }
  });
});
