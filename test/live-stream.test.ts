/** The live stream of a real node: what it tells second by second is what the store has, to the byte. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FlowSecondLine } from '../src/server/seconds-schema.ts';
import { remove, startNode, type TestNode, tempFolder, weirJson } from './node.testing.ts';
import { N, numberedDatagram, openSender } from './numbered.testing.ts';

const DATAGRAMS = 400;
const data = tempFolder();
let node: TestNode;

beforeAll(async () => {
  node = await startNode(data, ['--no-host', '--receive-threads', '2']);
}, 60_000);
afterAll(async () => {
  await node?.stop();
  remove(data);
});

/** Lines of a live stream as they come. */
class Stream {
  readonly lines: FlowSecondLine[] = [];
  private readonly abort = new AbortController();
  private readonly done: Promise<void>;

  constructor(query: string, accept = 'application/json') {
    // What breaks off before it should is missed by who waits for its lines.
    this.done = this.read(`${node.http}/api/v1/live?${query}`, accept).catch(() => {});
  }

  sum(figure: 'bytes' | 'packets' | 'flows' | 'records'): number {
    return this.lines.reduce((all, { total }) => all + total[figure], 0);
  }

  async end(): Promise<void> {
    this.abort.abort();
    await this.done;
  }

  private async read(url: string, accept: string): Promise<void> {
    const response = await fetch(url, { headers: { accept }, signal: this.abort.signal });
    let rest = '';
    for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + piece).split('\n');
      rest = lines.pop()!;
      for (const line of lines) if (line !== '') this.lines.push(JSON.parse(line.replace(/^data: /, '')));
    }
  }
}

const SOON = { timeout: 20_000, interval: 100 };
const begun = (...streams: readonly Stream[]) =>
  expect.poll(() => Math.min(...streams.map((s) => s.lines.length)), SOON).toBeGreaterThan(0);

test('sums of all seconds are what a question says of the same records, through two threads and a filter', {
  timeout: 90_000,
}, async () => {
  const [all, some, events] = [
    new Stream('by=src_addr,dst_addr&top=3'),
    new Stream(`by=src_addr&filter=${encodeURIComponent('src net 10.0.0.0/25')}`),
    new Stream('by=', 'text/event-stream'),
  ];
  await begun(all, some, events);
  const boot = Date.now() - 30_000;
  const senders = await Promise.all([1, 2, 3, 4].map(() => openSender(node.port)));
  for (let n = 0; n < DATAGRAMS; n++) {
    await senders[n % senders.length]!.send(numberedDatagram(n, boot, 0));
    if (n % 40 === 0) await new Promise((resolve) => setTimeout(resolve, 100));
  }
  for (const to of senders) to.close();
  const records = DATAGRAMS * N;
  await expect.poll(() => all.sum('records'), SOON).toBe(records);
  await expect.poll(() => events.sum('records'), SOON).toBe(records);
  await expect.poll(() => some.sum('records'), SOON).toBe(128 * N);
  const question = async (filter: string) =>
    (
      await weirJson<{ total: Record<string, number> }>(
        ...['query', filter, '--data', data, '--from', 'all', '--metrics', 'bytes,packets,flows,records'],
      )
    ).total;
  for (const [stream, filter] of [
    [all, 'any'],
    [some, 'src net 10.0.0.0/25'],
  ] as const) {
    const stored = await question(filter);
    for (const figure of ['bytes', 'packets', 'flows', 'records'] as const)
      expect(stream.sum(figure), `${figure} of ${filter}`).toBe(stored[figure]);
  }
  // More than one second, each following the one before.
  const busy = all.lines.filter(({ total }) => total.records > 0);
  expect(busy.length).toBeGreaterThan(1);
  for (const [i, line] of all.lines.entries()) {
    if (i > 0) expect(line.from).toBe(all.lines[i - 1]!.to);
    const { groups, other } = line.by.src_addr!;
    expect(groups.reduce((sum, g) => sum + g.bytes, other?.bytes ?? 0)).toBe(line.total.bytes);
    expect(line.categories.reduce((sum, g) => sum + g.bytes, 0)).toBe(line.total.bytes);
    expect(line.quality).toMatchObject({ not_looked_at: 0, deferred: false });
  }
  await Promise.all([all.end(), some.end(), events.end()]);
});

test('a sequence that jumps is a loss of its second', { timeout: 60_000 }, async () => {
  const stream = new Stream('by=');
  await begun(stream);
  const to = await openSender(node.port);
  const boot = Date.now() - 30_000;
  // A stream of its own, by its domain.
  for (const n of [DATAGRAMS, DATAGRAMS + 1, DATAGRAMS + 4]) await to.send(numberedDatagram(n, boot, 7));
  to.close();
  await expect.poll(() => stream.lines.reduce((n, l) => n + l.quality.lost.records, 0), SOON).toBe(2 * N);
  await stream.end();
});

test('a number of seconds ends by itself, and a mistake in the filter is told', { timeout: 60_000 }, async () => {
  const text = await (await fetch(`${node.http}/api/v1/live?by=protocol&seconds=2`)).text();
  expect(
    text
      .trim()
      .split('\n')
      .map((line) => Object.keys(JSON.parse(line).by)),
  ).toEqual([['protocol'], ['protocol']]);
  const refused = await fetch(`${node.http}/api/v1/live?filter=${encodeURIComponent('dst prt 443')}`);
  expect(refused.status).toBe(400);
  expect(await refused.text()).toMatch(/prt/);
});
