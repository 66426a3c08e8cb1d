import { describe, expect, it } from 'vitest';
import { columnOf, FlowBatch, setWide } from '../../flow/index.ts';
import { seeded } from '../../store/rollup/history.testing.ts';
import { put, storeOfEachTest, T0 } from '../../store/store.testing.ts';
import { halfWidth95, shedVariance } from '../../truth/index.ts';
import { servers } from './servers.ts';

const own = storeOfEachTest();
const codeOf = (column: string, value: string) => columnOf(column as 'outcome').values!.indexOf(value);

const SHAPE = [
  ...['start', 'end', 'time', 'received', 'src_addr', 'dst_addr', 'src_port', 'dst_port', 'protocol', 'tcp_flags'],
  ...['raw_bytes', 'raw_packets', 'sampling', 'sampling_origin', 'continued', 'duplicate', 'flow_direction'],
  ...['outcome', 'setup', 'host', 'owner_source'],
];
const HOSTS = ['', 'client', 'server'] as const;
const SERVER = 9;
const UNMETERED = 7;

interface Sent {
  readonly host: 'client' | 'server';
  readonly client: number;
  readonly port: number;
  readonly n: number;
  readonly setup?: number;
  readonly source?: string;
}

/** What goes to the server, as one of the hosts has it. */
function record(batch: FlowBatch, { host, client, port, n, setup = 0, source = 'connect' }: Sent): void {
  const row = batch.rows++;
  for (const name of ['start', 'end', 'time', 'received']) setWide(batch.u32(name), row, T0);
  batch.u32('src_lo').set([0x0a000000 + client, 0xffff], 2 * row);
  batch.u32('dst_lo').set([0x0a000000 + SERVER, 0xffff], 2 * row);
  batch.u16('src_port')[row] = port;
  batch.u16('dst_port')[row] = 80;
  batch.u8('protocol')[row] = 6;
  setWide(batch.u32('raw_bytes'), row, 100);
  setWide(batch.u32('raw_packets'), row, 2);
  batch.u32('sampling')[row] = n;
  batch.u8('sampling_origin')[row] = codeOf('sampling_origin', n > 1 ? 'records' : 'default');
  batch.u8('continued')[row] = codeOf('continued', 'no');
  batch.u8('duplicate')[row] = codeOf('duplicate', 'no');
  batch.u8('flow_direction')[row] = codeOf('flow_direction', host === 'client' ? 'egress' : 'ingress');
  batch.u8('outcome')[row] = codeOf('outcome', source === 'interface' ? 'unknown' : 'established');
  batch.u8('owner_source')[row] = codeOf('owner_source', source);
  batch.u32('setup')[row] = setup;
  batch.u32('host')[row] = HOSTS.indexOf(host);
}

async function report(sent: readonly Sent[], filter = '') {
  const batch = new FlowBatch(sent.length, SHAPE);
  batch.texts = { host: HOSTS };
  for (const one of sent) record(batch, one);
  put(own.store, batch, T0);
  await own.store.flush();
  return (await servers.run(own.reader, filter ? { filter } : {}, { now: T0 + 60_000 })).data.total;
}

describe('attempts of which hosts kept some', () => {
  const ATTEMPTS = 5_000;
  const N = 10;
  const random = seeded(3);
  const kept = (host: 'client' | 'server', client: number): Sent[] =>
    Array.from({ length: ATTEMPTS }, (_, i) => ({ host, client, port: 10_000 + i, n: N })).filter(
      () => random() < 1 / N,
    );
  const error = halfWidth95((ATTEMPTS / N) * shedVariance(1, N));

  it('are as many as there were, within their error, where both ends kept theirs', async () => {
    const atClient = kept('client', 1);
    const { attempts } = await report([...atClient, ...kept('server', 1)]);
    expect(attempts).toBe(atClient.length * N);
    expect(Math.abs(Number(attempts) - ATTEMPTS)).toBeLessThanOrEqual(error);
  });

  it('are those that the server knows where the host of the client metered nothing', async () => {
    const [atClient, atServer] = [kept('client', 1), kept('server', UNMETERED)];
    const { attempts } = await report([...atClient, ...kept('server', 1), ...atServer]);
    expect(attempts).toBe((atClient.length + atServer.length) * N);
  });

  it('are those that the server knows where only its records were asked for', async () => {
    const atServer = kept('server', 1);
    const { attempts } = await report([...kept('client', 1), ...atServer], 'flow_direction = "ingress" and port 80');
    expect(attempts).toBe(atServer.length * N);
  });

  it.each(['interface', 'proxy_log'])(
    'are those that the server knows where the address of the client is only in records of %s, which is not the host that sent',
    async (source) => {
      const other = { host: 'client', client: UNMETERED, port: 50_000, n: 1, source } as const;
      const atServer = kept('server', UNMETERED);
      const { attempts } = await report([other, ...atServer]);
      expect(attempts).toBe(atServer.length * N + (source === 'proxy_log' ? 1 : 0));
    },
  );
});

describe('percentiles', () => {
  const setups = (count: number, setup: number, n: number, client: number): Sent[] =>
    Array.from({ length: count }, (_, i) => ({ host: 'client', client, port: 20_000 + i, n, setup }));

  it.each([
    [10, { p50: 10_000, p95: 10_000, p99: 10_000 }],
    [11, { p50: 10_000, p95: 10_000, p99: 500_000 }],
    [60, { p50: 10_000, p95: 500_000, p99: 500_000 }],
  ])('of %i slow ones and ten quick ones that stand for a hundred each are by weight', async (slow, setup) => {
    const total = await report([...setups(slow, 500_000, 1, 1), ...setups(10, 10_000, 100, 2)]);
    expect(total).toMatchObject({ attempts: slow + 1_000, setup, response: { p50: null } });
  });
});
