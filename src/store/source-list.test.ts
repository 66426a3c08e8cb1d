import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readSources, SourceList } from './source-list.ts';
import { tempRoot } from './store.testing.ts';

let temp: ReturnType<typeof tempRoot>;
let path: string;
beforeEach(() => {
  temp = tempRoot();
  path = join(temp.root, 'sources.json');
});
afterEach(() => temp.remove());

const HASH = 'ab'.repeat(32);
const states = () => readSources(path).map((s) => [s.name, s.state]);

describe('the list of imports', () => {
  test('is empty where nothing was imported', () => {
    expect(readSources(path)).toEqual([]);
  });

  test('names an import after its file, and each further one apart', () => {
    const list = new SourceList(path);
    for (let i = 0; i < 3; i++) list.update(list.begin('a.pcap', null, i).name, { state: 'complete', rows: 1 });
    expect(states().map(([name]) => name)).toEqual(['a.pcap', 'a.pcap#2', 'a.pcap#3']);
  });

  test('lets a try that left no row give its name up', () => {
    const list = new SourceList(path);
    list.update(list.begin('a.pcap', null, 0).name, { state: 'failed' });
    expect(list.begin('a.pcap', null, 1).name).toBe('a.pcap');
    expect(states()).toEqual([['a.pcap', 'running']]);
  });

  test('knows content that has rows', () => {
    const list = new SourceList(path);
    const { name } = list.begin('a.pcap', HASH, 0);
    list.update(name, { state: 'failed' });
    expect(list.sameContent(HASH)).toBeUndefined();
    list.update(name, { state: 'interrupted', rows: 1 });
    expect(list.sameContent(HASH)?.name).toBe('a.pcap');
    expect(list.sameContent(HASH, 'a.pcap')).toBeUndefined();
  });

  test('takes an import that a crash ended for one with rows: nobody counted them', () => {
    new SourceList(path).begin('a.pcap', HASH, 0);
    const list = new SourceList(path);
    expect(list.sameContent(HASH)).toMatchObject({ name: 'a.pcap', state: 'interrupted', rows: 0 });
    expect(list.begin('a.pcap', HASH, 1).name).toBe('a.pcap#2');
  });

  test('what runs is over for the next process, and for who reads after it died', () => {
    new SourceList(path).begin('a.pcap', null, 0);
    expect(states()).toEqual([['a.pcap', 'running']]);
    expect(new SourceList(path).all).toMatchObject([{ name: 'a.pcap', state: 'interrupted' }]);
    const file = { version: 1, pid: 2 ** 30, sources: readSources(path) };
    writeFileSync(path, JSON.stringify(file));
    expect(states()).toEqual([['a.pcap', 'interrupted']]);
  });

  test('makes names that fit into a filter and onto a terminal', () => {
    const list = new SourceList(path);
    expect(list.begin('a"b\\c\n\u001b[2J.pcap', null, 0).name).toBe('a_b_c__[2J.pcap');
    expect(Buffer.byteLength(list.begin('é'.repeat(300), null, 0).name)).toBeLessThanOrEqual(240);
    expect(list.begin(' ', null, 0).name).toBe('unnamed');
  });

  test('that cannot be read says so', () => {
    writeFileSync(path, '{"half');
    expect(() => new SourceList(path)).toThrow(/sources\.json is not readable/);
  });
});
