/** What rows are called that are made where no node runs: by `weir import` into a directory, and of the journal of a node that was killed. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeNetflow5 } from '../src/wire/index.ts';
import { remove, startNode, type TestNode, tempFolder, until, weir } from './node.testing.ts';
import { numberedDatagram, openSender } from './numbered.testing.ts';
import { pcapOf } from './pcap.testing.ts';
import { dumpOf } from './places.testing.ts';

const EXPORTER = '192.0.2.9';
const COLUMNS = [
  ...['src_addr', 'dst_port', 'direction', 'src_site', 'src_as', 'src_as_source', 'blocklist', 'blocklist_side'],
  ...['application', 'application_evidence', 'category', 'client_side', 'sampling'],
];

let folder: string;
let node: TestNode | undefined;

beforeEach(() => {
  folder = tempFolder();
});

afterEach(async () => {
  await node?.kill();
  node = undefined;
  remove(folder);
});

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const config = (data: string) =>
  file(
    'weir.yaml',
    `data: ${data}
home: [10.0.0.0/8]
sites: {berlin: [10.1.0.0/16]}
as_data: [${file('rib.mrt', dumpOf(64_513))}]
blocklists:
  - {name: bad, file: ${file('bad.txt', '198.51.100.0/24\n')}}
applications: {till: {tcp: [9000], category: Shop}}
categories: {Shop: [till]}
exporters: [{prefix: ${EXPORTER}/32, sampling: 100}]
`,
  );

/** A capture of one export: who asks a till elsewhere, a web server at home is asked, and one passes through. */
function capture(): string {
  const ends = [
    [0x0a010203, 0xc6336407, 40_000, 9_000],
    [0xc6336408, 0x0a020304, 40_001, 443],
    [0x08080808, 0x09090909, 40_002, 22],
  ] as const;
  const now = Date.now();
  const rows = ends.map(([src, dst, srcPort, dstPort]) => ({
    ...{ src, dst, srcPort, dstPort, packets: 3, bytes: 300, protocol: 6 },
    ...{ startMs: now - 1_000, endMs: now },
  }));
  const [payload] = encodeNetflow5(rows, { exportMs: now, bootMs: now - 60_000, sequence: 0 }).datagrams;
  return file('exports.pcap', pcapOf([{ payload: payload!, timeMs: now, source: EXPORTER, port: 2055 }]));
}

async function stored(data: string): Promise<object[]> {
  const all = ['--data', data, '--from', 'all', '--format', 'jsonl'];
  const { stdout, stderr, code } = await weir('flows', ...all, '--columns', COLUMNS.join(','));
  if (code !== 0) throw new Error(stderr);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as { dst_port: number }).sort((a, b) => a.dst_port - b.dst_port);
}

describe('weir import where no node runs', () => {
  it('gives rows the networks, places, names and rates that a node of the same configuration gives', async () => {
    const path = capture();
    const offline = join(folder, 'offline');
    const alone = await weir('import', path, '--config', config(offline));
    expect(alone).toMatchObject({ code: 0 });
    const here = await stored(offline);
    expect(here).toEqual(
      [
        { src_addr: '8.8.8.8', dst_port: 22, direction: 'through', application: 'ssh' },
        { dst_port: 443, direction: 'in', blocklist: 'bad', blocklist_side: 'source' },
        {
          ...{ src_addr: '10.1.2.3', dst_port: 9_000, direction: 'out', src_site: 'berlin' },
          ...{ src_as: 64_513, src_as_source: 'mrt', blocklist: 'bad', blocklist_side: 'destination' },
          ...{ application: 'till', application_evidence: 'port', category: 'Shop', sampling: 100 },
        },
      ].map((row) => expect.objectContaining(row)),
    );
    const why = await weir('label', 'explain', 'tcp 10.1.2.3:40000 > 198.51.100.7:9000', '--data', offline);
    expect(why.stdout).toContain(`198.51.100.7 is in 198.51.100.0/24 of bad (${join(folder, 'bad.txt')}, of 20`);
    expect(why.stdout).toMatch(/10\.1\.2\.3 is in \S+ \(site berlin\)/);
    const online = join(folder, 'online');
    node = await startNode(online, ['--config', config(online), '--no-host']);
    await until(
      async () => (await (await fetch(`${node!.http}/metrics`)).text()).match(/^weir_blocklist_entries\S* (\d+)/m)?.[1],
      (entries) => entries === '1',
    );
    await until(
      async () => (await (await fetch(`${node!.http}/metrics`)).text()).match(/^weir_places_made_total (\d+)/m)?.[1],
      (made) => Number(made) >= 1,
    );
    expect(await weir('import', path, '--data', online)).toMatchObject({ code: 0 });
    expect(await stored(online)).toEqual(here);
  });

  it('makes the table of the open data once, and goes without it where it is off', async () => {
    const path = capture();
    const data = join(folder, 'store');
    const imported = (bundled: string, ...args: string[]) =>
      promisify(execFile)(
        process.execPath,
        [fileURLToPath(new URL('../dist/cli/main.js', import.meta.url)), 'import', path, '--data', data, ...args],
        { env: { ...process.env, WEIR_BUNDLED_DATA: bundled } },
      );
    const systems = async () => (await stored(data)).map((row) => (row as { src_as?: number }).src_as);
    await imported('off');
    expect(await systems()).toEqual([undefined, undefined, undefined]);
    await imported('on', '--again');
    const made = () =>
      readdirSync(join(data, 'places')).map((name) => [name, statSync(join(data, 'places', name)).mtimeMs]);
    const first = made();
    expect(first).not.toEqual([]);
    // 8.8.8.8 is Google's.
    expect((await systems()).filter((asn) => asn !== undefined)).toEqual([15_169]);
    expect((await imported('on', '--again')).stderr).toBe('');
    expect(made()).toEqual(first);
    expect((await systems()).filter((asn) => asn !== undefined)).toEqual([15_169, 15_169]);
  });

  it('names what is wrong with the configuration and makes no store', async () => {
    const wrong = file('wrong.yaml', 'as_dta: []\nhome: [10.0.0.0/99]\n');
    const { stderr, code } = await weir('import', capture(), '--data', join(folder, 'none'), '--config', wrong);
    expect(code).toBe(2);
    expect(stderr).toContain('did you mean as_data');
    expect(stderr).toContain('10.0.0.0/99');
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });
});

it('rows of the journal of a killed node get the systems that the node knew', async () => {
  const data = join(folder, 'store');
  node = await startNode(data, ['--as-data', file('rib.mrt', dumpOf(64_513)), '--no-host']);
  await until(
    async () => (await (await fetch(`${node!.http}/metrics`)).text()).match(/^weir_places_made_total (\d+)/m)?.[1],
    (made) => Number(made) >= 1,
  );
  const to = await openSender(node.port);
  await to.send(numberedDatagram(7, Date.now() - 60_000, 0, 2));
  to.close();
  await until(
    () => stored(data),
    (rows) => rows.length === 2,
  );
  await node.kill();
  expect((await weir('report', 'as', '--data', data, '--from', 'all')).stdout).toMatch(
    / · AS data: rib\.mrt, 2027-01-15 \(/,
  );
  expect(await stored(data)).toEqual([
    expect.objectContaining({ src_as: 64_513, src_as_source: 'mrt' }),
    expect.objectContaining({ src_as: 64_513, src_as_source: 'mrt' }),
  ]);
});
