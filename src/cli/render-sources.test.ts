import { expect, it } from 'vitest';
import { type ImportSource, NO_FACTS } from '../store/index.ts';
import { sourcesTable } from './render-sources.ts';

const source = (name: string, more: Partial<ImportSource> = {}): ImportSource => ({
  ...NO_FACTS,
  name,
  file: name,
  state: 'complete',
  imported_at: Date.UTC(2026, 10, 21),
  ended_at: null,
  problem: null,
  ...more,
});

it('says below the imports why one failed, in lines that fit', () => {
  const problem = `holds no NetFlow, IPFIX or sFlow (5 packets): ${'--port N names the port of the exports; '.repeat(4)}`;
  const text = sourcesTable([source('a.pcap'), source('traffic\u001b.pcap', { state: 'failed', problem })]);
  const lines = text.trimEnd().split('\n');
  expect(Math.max(...lines.map((l) => l.length))).toBeLessThanOrEqual(100);
  expect(text).toContain('traffic\\u001b.pcap (failed): holds no NetFlow, IPFIX or sFlow (5 packets):');
  // Each part of the folded table names its rows.
  expect(lines.filter((l) => l.startsWith('a.pcap ')).length).toBeGreaterThan(1);
});

it('has nothing to say where nothing was imported', () => {
  expect(sourcesTable([])).toBe('nothing was imported\n');
});
