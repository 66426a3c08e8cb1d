import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ExporterStates, readExporterStates } from '../src/store/exporter-states.ts';
import type { ExporterState } from '../src/truth/index.ts';
import { remove, tempFolder } from './node.testing.ts';

const folder = tempFolder();
afterAll(() => remove(folder));

const NOW = Date.UTC(2026, 10, 21, 12);

function state(port: number, interfaces: number): ExporterState {
  return {
    ...{
      exporter: '192.0.2.1',
      agent: '',
      port,
      domain: 0,
      format: 'ipfix',
      name: '',
      first_seen: NOW,
      last_seen: NOW + port,
    },
    ...{ sampling: 1, sampling_origin: 'default', remedy: null, burst_10ms: 1, burst_100ms: 1, templates: [] },
    interfaces: Array.from({ length: interfaces }, (_, index) => ({
      ...{ index, name: 'x'.repeat(200), description: 'y'.repeat(200), speed: 0 },
    })),
  };
}

test('exporters that name thousands of interfaces do not make the file of states grow for ever: the latest are kept', () => {
  const path = join(folder, 'exporters.json');
  const states = new ExporterStates(path);
  states.add(Array.from({ length: 40 }, (_, port) => state(port, 8_000)));
  states.add([state(1_000, 3)]);
  states.write(NOW);
  expect(statSync(path).size).toBeLessThan(64 << 20);
  const kept = readExporterStates(path).map(({ port }) => port);
  expect(kept.slice(0, 2)).toEqual([1_000, 39]);
  expect(kept.length).toBeGreaterThan(10);
  states.write(NOW + 120_000);
  expect(readExporterStates(path).map(({ port }) => port)).toEqual(kept);
});
