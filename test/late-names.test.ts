/**
 * Real FTP and DCE/RPC through exporters that see no payload: the same names whichever of them, and through however many threads; and none where packets were
 * left out.
 */
import { mkdirSync, mkdtempSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { fetchByFtp, startFtpServer } from './exporters/ftp.testing.ts';
import { withLinks } from './exporters/link.testing.ts';
import { runPmacct, startPmacct } from './exporters/pmacct.testing.ts';
import { runProgram } from './exporters/program.testing.ts';
import { RpcServer } from './exporters/rpc.testing.ts';
import { runSoftflowd } from './exporters/softflowd.testing.ts';
import { noNamespaces, Spoken, Wire } from './namespaces.testing.ts';
import { remove, startNode, tempFolder, until, weirJson } from './node.testing.ts';

const reason = noNamespaces();
if (reason) console.log(`tests of names of real FTP and DCE/RPC are skipped: ${reason}`);

/** Parts of what is explained, each direction apart: each goes by a stream of its own, so that they come to several threads. */
const PORTS = ['port 20', 'portrange 31000-31499', 'portrange 31500-31999', 'portrange 49152-49200'];
const PARTS = PORTS.flatMap((ports) => [`src ${ports}`, `dst ${ports}`]);

let folder: string;
let served: string;
let capture: string;
let parts: readonly string[];

beforeAll(async () => {
  if (reason) return;
  folder = tempFolder();
  served = tempFolder();
  capture = join(folder, 'all.pcap');
  const wire = new Wire();
  await wire.lay();
  try {
    const [ftp, rpc] = await Promise.all([startFtpServer(wire, served), RpcServer.start(wire, folder)]);
    // At once: what it waits to have together when it ends is not in the file.
    const options = ['-U', '--immediate-mode', '-B', '16384', '-s', '128'];
    const tcpdump = new Spoken(
      wire.spawn(wire.a.namespace, 'tcpdump', ['-i', 'wire', '-w', capture, ...options, 'tcp']),
    );
    await tcpdump.until('listening on');
    await Promise.all([fetchByFtp(wire), rpc.ask()]);
    await wire.quiet();
    await tcpdump.end();
    await Promise.all([ftp.end(), rpc.end()]);
  } finally {
    await wire.remove();
  }
  parts = await Promise.all(PARTS.map(cut));
}, 360_000);

/** The packets of the capture that a filter takes, in a folder of their own. */
async function cut(filter: string, i: number): Promise<string> {
  mkdirSync(join(folder, `part-${i}`));
  const path = join(folder, `part-${i}`, 'part.pcap');
  await runProgram('tcpdump', ['-r', capture, '-w', path, filter]);
  return path;
}

afterAll(() => {
  if (folder) remove(folder);
  if (served) remove(served);
});

interface Answer {
  readonly rows: readonly (readonly unknown[])[];
  readonly total: { readonly records: number; readonly packets: number };
}

const NAMES = 'application,application_evidence';

/** Names by format, in lines: each record of a flow of its own port. */
async function names(store: string, by: string, filter = 'any'): Promise<string[]> {
  const ask = ['query', filter, '--data', store, '--from', 'all', '--top', '1000'];
  const { rows } = await weirJson<Answer>(...ask, '--by', `${by},${NAMES}`, '--metrics', 'records');
  return rows.map((row) => row.slice(0, -1).join(' ')).sort();
}

/** Each receive thread has its own journal. One without datagrams is its head, of a few hundred bytes. */
const HEAD_BYTES = 600;

function threadsWithRecords(store: string): number {
  const journal = join(store, 'journal');
  const files = readdirSync(journal).filter((name) => statSync(join(journal, name)).size > HEAD_BYTES);
  return new Set(files.map((name) => /-(t\d+)\.journal$/.exec(name)?.[1])).size;
}

const KEY = 'src_addr,src_port,dst_addr,dst_port';
const isTransfer = (name: string) => / 31\d\d\d /.test(name);
const NETFLOW = 'format = netflow9';
const IPFIX = 'format = ipfix';

describe.skipIf(reason !== null).concurrent('FTP and DCE/RPC', () => {
  it.for([1, 2, 4])(
    'through %i receive threads: what one exporter saw explains what the other did, in the same words',
    // Which thread has which stream the kernel decides: seldom one has them all.
    { timeout: 360_000, retry: 2 },
    async (threads, { expect }) => {
      const store = mkdtempSync(join(folder, `store-${threads}-`));
      const node = await startNode(store, ['--receive-threads', String(threads)]);
      try {
        const { port } = node;
        // The first exporter has nothing that explains; the other has all, and comes later.
        await Promise.all(
          parts.map((part) => runSoftflowd({ version: 9, capture: part, port, folder: dirname(part) })),
        );
        await runPmacct({ export: { plugin: 'nfprobe', version: 10 }, source: '127.0.0.2', port, folder }, capture);
        const pmacct = await until(
          () => names(store, KEY, IPFIX),
          (rows) => rows.length === 16,
        );
        expect(pmacct.filter((name) => name.endsWith(' ftp-data state'))).toHaveLength(6);
        expect(pmacct.filter((name) => name.endsWith(' dce-rpc state'))).toHaveLength(2);
        const softflowd = await names(store, KEY, NETFLOW);
        expect(softflowd).toEqual(pmacct.filter((name) => name.endsWith(' state')));
        expect(await names(store, 'exporter', 'application = "ftp-data"')).toHaveLength(2);
        expect(threadsWithRecords(store)).toBeGreaterThanOrEqual(Math.min(threads, 2));
        await node.stop();
        expect(await names(store, KEY, NETFLOW)).toEqual(softflowd);
      } finally {
        await node.kill();
      }
    },
  );

  it('of which one packet in 96 is looked at: nothing is named but by its port, and that is right', async ({
    expect,
  }) => {
    const store = join(folder, 'store-sampled');
    const node = await startNode(store);
    try {
      await runSoftflowd({ version: 9, capture, port: node.port, folder, sampling: 96 });
      const found = await until(
        () => names(store, 'sampling'),
        (rows) => rows.length > 0,
      );
      // The transfers are there, and nothing says what they are.
      expect(found).toContain('96  ');
      for (const name of found) expect(name).toMatch(/^96 ( |ftp port|ftp-data port|epmap port)$/);
    } finally {
      await node.kill();
    }
  }, 360_000);

  it('of which sFlow has the heads of one packet in 96: none is named by state, though another exporter saw the control connection whole', async ({
    expect,
  }) => {
    const store = join(folder, 'store-sflow');
    const node = await startNode(store);
    const { port } = node;
    try {
      await withLinks(1, async ([link]) => {
        const probe = { plugin: 'sfprobe', agentAddress: '192.0.2.77' } as const;
        const whole = { plugin: 'nfprobe', version: 10 } as const;
        const filter = 'port 21 or port 135';
        const [pmacct, control] = await Promise.all([
          startPmacct({ export: probe, port, folder, sampling: 96 }, link!.name),
          startPmacct({ export: whole, port, folder: mkdtempSync(join(folder, 'control-')), filter }, link!.name),
        ]);
        await link!.replay(capture, 2_000);
        await sleep(2_500);
        await Promise.all([pmacct.stop('SIGINT'), control.stop('SIGINT')]);
      });
      await until(
        () => names(store, 'exporter', 'format = ipfix'),
        (rows) => rows.length > 0,
      );
      const found = await names(store, 'sampling,src_port,dst_port', 'format = sflow');
      expect(found.filter((name) => isTransfer(name)).length).toBeGreaterThan(0);
      for (const name of found) expect(name).toMatch(/^96 \d+ \d+ ( |ftp port|ftp-data port|epmap port)$/);
    } finally {
      await node.kill();
    }
  }, 360_000);
});
