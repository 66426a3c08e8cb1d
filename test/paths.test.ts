/** Every path that a command takes, where nothing usable stands: it says in words what is wrong with which path, never in those of the operating system alone. */
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { syntheticCapture } from './capture.testing.ts';
import { remove, tempFolder, weir } from './node.testing.ts';

const folder = tempFolder();
const at = (name: string) => join(folder, name);
const CAPTURE = at('packets.pcap');
const STORE = at('store');
const POLICY = at('policy.yaml');
/** A node that starts all the same would open nothing that others have. */
const NO_PORTS = ['--no-http', '--no-host', '--netflow', 'off', '--ipfix', 'off', '--sflow', 'off'];
const HOST = ['--no-http', '--host', 'on', '--netflow', 'off', '--ipfix', 'off', '--sflow', 'off'];
const DATA = ['--data', at('new')];

beforeAll(async () => {
  writeFileSync(CAPTURE, syntheticCapture(20, 5));
  writeFileSync(at('file'), 'x');
  writeFileSync(POLICY, 'rules:\n  - name: all\n    match: any\n    actions: [drop]\n');
  mkdirSync(at('folder'));
  symlinkSync('circle', at('circle'));
  await weir('import', CAPTURE, '--as', 'traffic', '--data', STORE);
}, 180_000);
afterAll(() => remove(folder));

/** Takes as a path what is no file that can be read. */
const READERS: Readonly<Record<string, (path: string) => string[]>> = {
  'meter FILE': (path) => ['meter', path],
  'meter --keys': (path) => ['meter', CAPTURE, '--keys', path],
  'import FILE': (path) => ['import', path, '--data', STORE],
  'import --keys': (path) => ['import', CAPTURE, '--keys', path, '--data', STORE],
  'probe --keys': (path) => ['probe', '--capture', 'lo', '--keys', path, '--to', 'netflow5://127.0.0.1:9'],
  'flows --anonymise': (path) => ['flows', '--anonymise', path, '--data', STORE],
  'query --anonymise': (path) => ['query', '--anonymise', path, '--data', STORE],
  'up --config': (path) => ['up', '--config', path, ...DATA, ...NO_PORTS],
  'up --http-token-file': (path) => ['up', '--http-token-file', path, ...DATA, ...NO_PORTS],
  'up --capture-keys': (path) => ['up', '--capture-keys', path, '--capture', 'lo', ...DATA, ...NO_PORTS],
  'up --host-policy': (path) => ['up', '--host-policy', path, ...DATA, ...HOST],
  'doctor --config': (path) => ['doctor', '--config', path],
  'host policy check FILE': (path) => ['host', 'policy', 'check', path],
  'host policy test FILE': (path) => ['host', 'policy', 'test', path, '--data', STORE],
  'host policy test CAPTURE': (path) => ['host', 'policy', 'test', POLICY, path],
};

const UNREADABLE = [
  { path: at('missing'), says: /no such file/ },
  { path: at('folder'), says: /a directory/ },
  { path: at('circle'), says: /symbolic links lead in a circle/ },
];

/** Makes a directory of its path. */
const HOUSES: Readonly<Record<string, (path: string) => string[]>> = {
  'up --data': (path) => ['up', '--data', path, ...NO_PORTS],
  'agent --data': (path) => ['agent', '--user', 'root', '--data', path],
};

const NO_HOUSE = [
  { path: at('file'), says: /is a file|a file, not a directory/ },
  { path: at('file/below'), says: /what should be a directory of this path is a file/ },
  { path: at('a'.repeat(300)), says: /the name is too long/ },
];

/** Writes a file into the directory that is its path. */
const WRITERS: Readonly<Record<string, (path: string) => string[]>> = Object.fromEntries(
  ['csv', 'jsonl', 'parquet', 'ipfix'].map((form) => [
    `export --to .${form}`,
    (path: string) => ['export', '--from', 'all', '--data', STORE, '--to', join(path, `flows.${form}`)],
  ]),
);

const UNWRITABLE = [
  { path: at('missing'), says: /the directory it should be in does not exist: make it first/ },
  { path: at('file'), says: /what should be a directory of this path is a file/ },
  { path: at('circle'), says: /symbolic links lead in a circle/ },
];

/** Asks a store that is not there. */
const ASKERS: Readonly<Record<string, (path: string) => string[]>> = {
  'flows --data': (path) => ['flows', '--data', path],
  'query --data': (path) => ['query', '--data', path],
  'report --data': (path) => ['report', 'summary', '--data', path],
  'sources --data': (path) => ['sources', '--data', path],
  'export --data': (path) => ['export', '--data', path, '--to', at('out.csv')],
};

async function refused(args: readonly string[], path: string, says: RegExp): Promise<void> {
  const { code, stderr } = await weir(...args);
  const said = stderr.split('\n').filter((line) => line.startsWith('weir: ') || line.startsWith('  '));
  expect(said.join('\n')).toMatch(says);
  expect(said.join('\n')).toContain(path);
  // `ENOENT: no such file or directory, open '...'` is how Node puts it; an errno in brackets behind words is fine.
  expect(stderr).not.toMatch(/\bE[A-Z]{3,}: /);
  expect([1, 2]).toContain(code);
}

describe.each(Object.entries(READERS))('weir %s', (_, args) => {
  test.each(UNREADABLE)('says what is wrong with $path', ({ path, says }) => refused(args(path), path, says));
});

describe.each(Object.entries(HOUSES))('weir %s', (_, args) => {
  test.each(NO_HOUSE)('says what is wrong with $path', ({ path, says }) => refused(args(path), path, says));
});

describe.each(Object.entries(WRITERS))('weir %s', (_, args) => {
  test.each(UNWRITABLE)('says what is wrong with $path', ({ path, says }) => refused(args(path), path, says));
});

describe.each(Object.entries(ASKERS))('weir %s', (_, args) => {
  test.each(['missing', 'file'])('says that there is no store in %s', (name) =>
    refused(args(at(name)), at(name), /there is no store in .*: start one with `weir up`, or name one/),
  );
});

describe('what this user may not read', () => {
  const path = at('secret');
  beforeAll(() => {
    writeFileSync(path, 'x');
    chmodSync(path, 0o000);
  });
  // Root may read all.
  test.skipIf(process.getuid!() === 0).each(Object.entries(READERS))('is told by weir %s', (_, args) =>
    refused(args(path), path, /may not be read \(EACCES\)/),
  );
});
