/**
 * `weir up --capture` on a real interface: the end of a cable into a network namespace, over which captures are replayed whose totals are known to the
 * octet. Takes root.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Link, withLinks } from './exporters/link.testing.ts';
import { runProgram } from './exporters/program.testing.ts';
import { makeTraffic, type Traffic } from './exporters/traffic.testing.ts';
import { remove, sleep, startNode, type TestNode, tempFolder, totals, until, weir, weirJson } from './node.testing.ts';

const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn('skipped: live capture; it makes network namespaces and takes root');

interface Active {
  readonly records: readonly Record<string, string | number>[];
  readonly total: { readonly flows: number; readonly bytes: number; readonly packets: number };
  readonly quality: {
    readonly open: number;
    readonly captures: readonly { interface: string; up: boolean; packets: number; dropped_packets: number }[];
  };
}

let folder: string;
let data: string;
let node: TestNode | null;
beforeEach(() => {
  folder = tempFolder();
  data = join(folder, 'data');
  node = null;
});
afterEach(async () => {
  await node?.stop();
  remove(folder);
});

/** No two records of a meter have all of it alike. */
const KEY = ['src_addr', 'dst_addr', 'src_port', 'dst_port', 'protocol', 'start'];
const PORTS_OFF = ['--netflow', 'off', '--ipfix', 'off', '--sflow', 'off'];

async function start(link: string, ...args: string[]): Promise<TestNode> {
  node = await startNode(data, [...PORTS_OFF, '--capture', link, ...args]);
  return node;
}

function keep(name: string, traffic: Traffic): string {
  const file = join(folder, name);
  writeFileSync(file, traffic.capture);
  return file;
}

const active = (...args: string[]) => weirJson<Active>('flows', '--active', '--data', data, ...args);

const linesOf = (text: string) => text.trim().split('\n').sort();

/** Replays, and waits until the meter has taken what the interface counted. */
async function replayed(link: Link, file: string, packetsPerSecond: number): Promise<void> {
  await link.replay(file, packetsPerSecond);
  await until(
    () => active(),
    ({ quality: { captures } }) => captures[0]!.packets + captures[0]!.dropped_packets >= link.counters().rxPackets,
  );
}

describe.skipIf(!isRoot)('a node that captures an interface', { timeout: 540_000 }, () => {
  test('shows flows while they are open, and stores them as the interface counted them', async () => {
    await withLinks(1, async ([link]) => {
      const traffic = makeTraffic({ packets: 5_000, conversations: 300, ipv6: true });
      const running = await start(link!.name);
      const file = keep('traffic.pcap', traffic);
      await replayed(link!, file, 5_000);

      const all = await active('--limit', '10000');
      expect(all.total).toEqual({ flows: traffic.uniflows, bytes: traffic.ipBytes, packets: traffic.packets });
      expect(all.quality).toMatchObject({
        open: traffic.uniflows,
        captures: [{ interface: link!.name, up: true, packets: link!.counters().rxPackets, dropped_packets: 0 }],
      });
      const sum = (name: string) => all.records.reduce((n, r) => n + Number(r[name]), 0);
      expect([sum('bytes'), sum('packets')]).toEqual([traffic.ipBytes, traffic.packets]);
      const sizes = all.records.map((r) => Number(r.bytes));
      expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
      expect(all.records[0]).toMatchObject({ interface: link!.name, continued: 'no' });
      expect(all.records[0]!.age).toBeGreaterThanOrEqual(Number(all.records[0]!.idle));

      // The filter chooses among them as it does among records that are stored.
      const chosen = await active('src net 10.0.0.0/8 and packets > 10', '--limit', '3', '--order', '-rate');
      expect(chosen.records).toHaveLength(3);
      expect(chosen.records.every((r) => Number(r.packets) > 10 && String(r.src_addr).startsWith('10.'))).toBe(true);
      const rates = chosen.records.map((r) => Number(r.rate));
      expect(rates).toEqual([...rates].sort((a, b) => a - b));
      const shown = await weir('flows', '--active', '--data', data, '--limit', '1');
      expect(shown.stdout).toContain(`${link!.name} no packet dropped`);

      expect((await totals(data)).records).toBe(0);
      await running.stop();
      expect(await totals(data)).toEqual({
        records: traffic.uniflows,
        bytes: traffic.ipBytes,
        packets: traffic.packets,
        lost: 0,
      });
      const { rows } = await weirJson<{ rows: unknown[][] }>(
        ...['query', '--data', data, '--from', 'all', '--by', 'format,exporter,domain,sampling_origin'],
        ...['--metrics', 'flows'],
      );
      expect(rows).toEqual([['meter', '100::1', 1, 'default', traffic.uniflows]]);
      // What the wire brought is metered as the file that was put on it.
      const columns = [...KEY.filter((name) => name !== 'start'), 'raw_bytes', 'raw_packets', 'tcp_flags'];
      const flags = ['--format', 'jsonl', '--columns', columns.join(',')];
      const stored = await weir('flows', '--data', data, '--from', 'all', '--limit', '100000', ...flags);
      const metered = await weir('meter', file, ...flags);
      expect(linesOf(stored.stdout)).toEqual(linesOf(metered.stdout));
      const { stdout } = await weir('report', 'interfaces', '--data', data, '--from', 'all');
      expect(stdout).toContain(link!.name);
    });
  });

  test('has after kill -9 every flow once that was over before', async () => {
    await withLinks(1, async ([link]) => {
      const traffic = makeTraffic({ packets: 8_000, conversations: 4_000 });
      const file = keep('traffic.pcap', traffic);
      const first = await start(link!.name, '--capture-idle', '1s', '--segment-rows', '10000');
      const replay = link!.replay(file, 800);
      const before = await until(
        () => totals(data),
        (t) => t.records > 500,
      );
      // What the journal promises: what is older than a second.
      await sleep(1_200);
      await first.kill();
      await replay;
      await start(link!.name, '--capture-idle', '1s');
      const after = await totals(data);
      expect(after.records).toBeGreaterThanOrEqual(before.records);
      expect(after.records).toBeLessThanOrEqual(traffic.packets);
      expect(after.lost).toBe(0);
      const flags = ['--from', 'all', '--limit', '100000', '--format', 'jsonl'];
      const { stdout } = await weir('flows', '--data', data, '--columns', KEY.join(','), ...flags);
      const keys = stdout.trim().split('\n');
      expect(keys).toHaveLength(after.records);
      expect(new Set(keys).size).toBe(after.records);
    });
  });

  test('counts what the kernel drops, and answers say it', async () => {
    await withLinks(1, async ([link]) => {
      const traffic = makeTraffic({ packets: 20_000, conversations: 100 });
      const running = await start(link!.name, '--capture-ring', '1MiB');
      // So that the count before is known where it is told.
      await sleep(500);
      process.kill(running.pid, 'SIGSTOP');
      await link!.replay(keep('traffic.pcap', traffic), 100_000);
      process.kill(running.pid, 'SIGCONT');
      const { quality } = await until(
        () => active(),
        (a) => a.quality.captures[0]!.dropped_packets > 0,
      );
      const [capture] = quality.captures;
      expect(capture!.packets + capture!.dropped_packets).toBe(link!.counters().rxPackets);
      const { stdout } = await weir('doctor', '--data', data);
      expect(stdout).toMatch(/packets were dropped because they came faster.*capture_ring/s);
      const metrics = await (await fetch(`${running.http}/metrics`)).text();
      expect(metrics).toContain(
        `weir_capture_kernel_drops_total{interface="${link!.name}"} ${capture!.dropped_packets}`,
      );
      // The loss is told every ten seconds, and is in answers from then on: as packets, as nobody knows of how many records.
      const question = ['query', '--data', data, '--by', 'protocol', '--from', 'all'];
      const lost = await until(
        async () =>
          (await weirJson<{ quality: { lost: { records: number; unmetered_packets: number } } }>(...question)).quality
            .lost,
        (told) => told.unmetered_packets > 0,
      );
      expect(lost).toMatchObject({ records: 0, unmetered_packets: capture!.dropped_packets });
    });
  });

  test('tells after kill -9 the packets of flows that were open, in their minutes, once; and after an orderly stop none', async () => {
    await withLinks(1, async ([link]) => {
      const traffic = makeTraffic({ packets: 2_000, conversations: 100 });
      const file = keep('traffic.pcap', traffic);
      const lost = async (from: string, to = 'now') => {
        const range = from === 'all' ? ['--from', 'all'] : ['--from', from, '--to', to];
        const { quality } = await weirJson<{ quality: { lost: { records: number; unmetered_packets: number } } }>(
          ...['query', '--data', data, '--by', 'protocol', ...range],
        );
        return quality.lost;
      };
      const first = await start(link!.name);
      const began = new Date();
      await replayed(link!, file, 5_000);
      await until(
        () => active(),
        ({ total }) => total.packets === traffic.packets,
      );
      // Told each second, and in the journal a moment later.
      await sleep(2_500);
      expect((await lost('all')).unmetered_packets).toBe(0);
      await first.kill();
      const ended = new Date();
      const minute = (time: Date, add: number) =>
        new Date(Math.floor(time.getTime() / 60_000 + add) * 60_000).toISOString();
      const second = await start(link!.name);
      expect(second.stderr()).toContain('were open when the node was killed are lost');
      expect(await lost('all')).toMatchObject({ records: 0, unmetered_packets: traffic.packets });
      // Of the minutes in which they came, and of no other.
      expect((await lost(minute(began, 0), minute(ended, 1))).unmetered_packets).toBe(traffic.packets);
      expect((await lost(minute(began, -10), minute(began, 0))).unmetered_packets).toBe(0);
      const shown = await weir('query', '--data', data, '--by', 'protocol', '--from', 'all');
      expect(shown.stdout).toMatch(/2(\.00 k|,?000) packets not metered/);
      await link!.replay(file, 5_000);
      await until(
        () => active(),
        ({ total }) => total.packets === traffic.packets,
      );
      await second.stop();
      const third = await start(link!.name);
      await sleep(1_500);
      expect((await lost('all')).unmetered_packets).toBe(traffic.packets);
      // With nothing open a crash loses nothing.
      await third.kill();
      expect((await lost('all')).unmetered_packets).toBe(traffic.packets);
    });
  });

  test('tells at the stop what the kernel dropped shortly before', async () => {
    await withLinks(1, async ([link]) => {
      const traffic = makeTraffic({ packets: 20_000, conversations: 100 });
      const running = await start(link!.name, '--capture-ring', '1MiB');
      await sleep(500);
      process.kill(running.pid, 'SIGSTOP');
      await link!.replay(keep('traffic.pcap', traffic), 100_000);
      process.kill(running.pid, 'SIGCONT');
      await running.stop();
      const { quality } = await weirJson<{ quality: { lost: { unmetered_packets: number } } }>(
        ...['query', '--data', data, '--by', 'protocol', '--from', 'all'],
      );
      expect(quality.lost.unmetered_packets).toBeGreaterThan(traffic.packets / 10);
    });
  });

  test.each([
    ['is down', ['link', 'set', 'NAME', 'down'], ['link', 'set', 'NAME', 'up']],
    [
      'has no carrier',
      ['-n', 'NAMESPACE', 'link', 'set', 'FAR', 'down'],
      ['-n', 'NAMESPACE', 'link', 'set', 'FAR', 'up'],
    ],
  ])(
    'an interface that %s is a warning, and a gap from when it was last heard of until it is back',
    async (_, down, up) => {
      await withLinks(1, async ([link]) => {
        const ip = (command: readonly string[]) =>
          runProgram(
            'ip',
            command.map((w) => ({ NAME: link!.name, FAR: link!.far, NAMESPACE: link!.namespace })[w] ?? w),
          );
        await ip(down);
        await until(
          async () => readFileSync(`/sys/class/net/${link!.name}/operstate`, 'utf8'),
          (state) => state.trim() !== 'up',
        );
        // What an earlier run learned: the interface was heard of for a day, and not in the last five minutes of the run, which ended a moment ago.
        const now = Date.now();
        const since = now - 300_000;
        const habit = { firstMs: since - 86_400_000, lastMs: since, usualMs: 20_000, perMinute: 600 };
        mkdirSync(data);
        const expected = { version: 2, writtenMs: now, exporters: [['100::1', 1, habit]] };
        writeFileSync(join(data, 'expected.json'), JSON.stringify(expected));
        const running = await start(link!.name);
        const from = new Date().toISOString();
        await until(
          async () => running.stderr(),
          (log) => new RegExp(`WARN interface ${link!.name} is down, gone or without carrier`).test(log),
        );
        await sleep(2_000);
        const ask = () =>
          weirJson<{ rows: unknown[][]; quality: { gaps: { measured: number; gaps: unknown[] } } }>(
            ...[
              'query',
              'exporter 100::1',
              '--data',
              data,
              '--metrics',
              'packets,bps',
              '--every',
              '1s',
              '--from',
              from,
            ],
          );
        const { rows, quality } = await ask();
        expect(quality.gaps).toMatchObject({
          measured: 0,
          gaps: [{ from: since, to: null, cause: 'silent', exporter: '100::1', domain: 1 }],
        });
        expect(new Set(rows.flatMap((r) => r.slice(1, 3)))).toEqual(new Set([null]));
        await ip(up);
        await until(
          async () => running.stderr(),
          (log) => new RegExp(`INFO interface ${link!.name} is up: its packets are metered`).test(log),
        );
        const noted = join(data, 'gaps.jsonl');
        const silence = await until(
          async () => (existsSync(noted) ? readFileSync(noted, 'utf8') : ''),
          (text) => text.includes('"silent"'),
        );
        expect(silence).toContain(`"from":${since}`);
        expect((await ask()).quality.gaps.gaps).toHaveLength(1);
      });
    },
  );

  test('goes on when the interface is taken away and comes back, and says that it was away', async () => {
    await withLinks(1, async ([link]) => {
      const { name, far, namespace } = link!;
      const traffic = makeTraffic({ packets: 500, conversations: 50 });
      const file = keep('traffic.pcap', traffic);
      const running = await start(name);
      await replayed(link!, file, 5_000);
      await runProgram('ip', ['link', 'del', name]);
      const health = async () => JSON.stringify(await (await fetch(`${running.http}/api/v1/health`)).json());
      await until(health, (text) => text.includes(`interface ${name} is down, gone or without carrier`));
      expect(running.stderr()).toContain(`interface ${name} is down, gone or without carrier`);
      await runProgram('ip', ['link', 'add', name, 'type', 'veth', 'peer', 'name', far, 'netns', namespace]);
      await runProgram('sysctl', ['-qw', `net.ipv6.conf.${name}.disable_ipv6=1`]);
      await runProgram('ip', ['link', 'set', name, 'up']);
      await runProgram('ip', ['netns', 'exec', namespace, 'ip', 'link', 'set', far, 'up']);
      await until(
        () => active(),
        ({ quality }) => quality.captures[0]!.up,
      );
      await link!.replay(file, 5_000);
      const { total, quality } = await until(
        () => active(),
        (a) => a.total.packets === 2 * traffic.packets,
      );
      expect(total.flows).toBe(traffic.uniflows);
      expect(quality.captures).toEqual([{ interface: name, up: true, packets: 1_000, dropped_packets: 0 }]);
    });
  });

  test('does not start on an interface that is not there', async () => {
    await expect(start('nosuch0')).rejects.toThrow(/there is no interface nosuch0; there are /);
  });
});

test('open flows of a node that captures nothing, or of no node, are an error that says how to have them', {
  timeout: 540_000,
}, async () => {
  node = await startNode(data);
  const there = await weir('flows', '--active', '--data', data);
  expect(there).toMatchObject({ code: 1, stdout: '' });
  expect(there.stderr).toContain('--capture IFACE');
  await node.stop();
  node = null;
  const gone = await weir('flows', '--active', '--data', data);
  expect(gone).toMatchObject({ code: 2, stdout: '' });
  expect(gone.stderr).toContain('weir up');
  const senseless = await weir('flows', '--active', '--from', '-1h', '--data', data);
  expect(senseless.stderr).toContain('does not take --from');
});
