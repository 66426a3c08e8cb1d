import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { ExporterState } from '../truth/index.ts';
import { ExporterStates, readExporterStates } from './exporter-states.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const folder = mkdtempSync(join(tmpdir(), 'weir-states-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const state = (more: Partial<ExporterState>): ExporterState => ({
  ...{ exporter: '192.0.2.1', agent: '', port: 6343, domain: 0, format: 'sflow', name: '' },
  ...{ first_seen: NOW, last_seen: NOW, sampling: 1_000, sampling_origin: 'record', remedy: null },
  ...{ burst_10ms: 1, burst_100ms: 1, templates: [], interfaces: [] },
  ...more,
});

it('agents behind one address are kept apart', () => {
  const path = join(folder, 'agents.json');
  const states = new ExporterStates(path);
  states.add([state({ agent: '10.0.0.1' }), state({ agent: '10.0.0.2' }), state({ agent: '10.0.0.1', sampling: 7 })]);
  states.write(NOW);
  const kept = readExporterStates(path).map(({ agent, sampling }) => [agent, sampling]);
  expect(kept.sort()).toEqual([
    ['10.0.0.1', 7],
    ['10.0.0.2', 1_000],
  ]);
});

it('a file from before there were agents is read', () => {
  const path = join(folder, 'before.json');
  const { agent: _, ...before } = state({});
  writeFileSync(path, JSON.stringify([before]));
  expect(readExporterStates(path)).toEqual([state({})]);
});

it('bursts and the latest of several rates are no reason to write at once, but are written within a minute', () => {
  const path = join(folder, 'bursts.json');
  const states = new ExporterStates(path);
  states.add([state({})]);
  states.write(NOW);
  const { mtimeNs } = statSync(path, { bigint: true });
  states.add([state({ burst_10ms: 50, sampling: 2_000, last_seen: NOW + 1_000 })]);
  states.write(NOW + 1_000);
  expect(statSync(path, { bigint: true }).mtimeNs).toBe(mtimeNs);
  states.write(NOW + 61_000);
  expect(readFileSync(path, 'utf8')).toContain('"burst_10ms":50');
  states.add([state({ burst_10ms: 50, name: 'edge' })]);
  states.write(NOW + 62_000);
  expect(readFileSync(path, 'utf8')).toContain('edge');
});
