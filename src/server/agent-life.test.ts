import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { AgentLife } from './agent-life.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-agent-life-'));
afterAll(() => rmSync(folder, { recursive: true }));

const HOUR_MS = 3_600_000;

test('what the clocks of an agent did is told until it is stored, and no longer', () => {
  const life = new AgentLife(join(folder, 'heartbeat'), () => {});
  const clocks = { wall: 1_700_000_000_000, steady: 0, machine: 0 };
  const sleep = () => {
    clocks.wall += HOUR_MS;
    clocks.machine += HOUR_MS;
    life.beat({ ...clocks });
  };
  life.begin({ ...clocks });
  sleep();
  const told = structuredClone(life.untold);
  expect(told).toMatchObject([{ cause: 'stopped', to: clocks.wall }]);
  // Whoever was told ended before it wrote it down: the next one is told as well.
  expect(life.untold).toEqual(told);
  sleep();
  // What came meanwhile stays, and one that is told twice as stored takes nothing else away.
  life.stored(told);
  life.stored(told);
  expect(life.untold).toMatchObject([{ cause: 'stopped', to: clocks.wall }]);
  life.stored(life.untold);
  expect(life.untold).toEqual([]);
  life.end(clocks.wall);
});
