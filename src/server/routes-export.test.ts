import { validateHeaderValue } from 'node:http';
import { expect, it } from 'vitest';
import { runQuery } from '../query/index.ts';
import { storesOfEachTest } from '../query/store.testing.ts';
import type { Gap } from '../truth/index.ts';
import { headerOf } from './routes-export.ts';

const store = storesOfEachTest();
const T = Date.UTC(2026, 10, 21, 12);
const MINUTE = 60_000;

it('what an export is worth is a header that every client takes, whatever names are in it and however many gaps', async () => {
  const gaps = Array.from({ length: 200 }, (_, i): Gap => {
    const exporter = `192.0.2.${i}`;
    return { from: T + i * MINUTE, to: T + i * MINUTE + 1_000 + i, cause: 'silent', exporter, domain: 0, share: 0.001 };
  });
  const configured = [{ prefix: '192.0.2.0/24', name: 'böse\u007f\n\u0000 名', interfaces: [] }];
  const s = await store([{ time: T, raw_bytes: 1 }], {
    measured: { gaps, imported: [] },
    names: { configured, asked: [] },
  });
  const { quality } = await runQuery(s, { from: T, to: T + 300 * MINUTE }, { now: T + 300 * MINUTE });
  const header = headerOf({ rows: 1, bytes: 1, quality });
  expect(() => validateHeaderValue('x-weir-answer', header)).not.toThrow();
  expect(header).toMatch(/^[\x20-\x7e]+$/);
  expect(header.length).toBeLessThan(12_000);
  const told = JSON.parse(header).quality.gaps;
  expect([told.gaps.length, told.more, told.by.silent.gaps]).toEqual([20, 180, 200]);
  expect(told.gaps[0].exporter_name).toBe(configured[0]!.name);
});
