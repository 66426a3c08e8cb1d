import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fixtures, remove, sleep, startNode, type TestNode, tempFolder, totals, until, weir } from './node.testing.ts';
import { N, numberedDatagram, openSender } from './numbered.testing.ts';

let data: string;
let node: TestNode;
const sockets: Socket[] = [];

beforeEach(() => {
  data = tempFolder();
});

afterEach(async () => {
  for (const s of sockets.splice(0)) s.destroy();
  await node?.kill();
  remove(data);
});

it('names what to change where the machine does not have the address of the API', async () => {
  const token = join(data, 'token');
  writeFileSync(token, 'a-token-of-sixteen-characters\n', { mode: 0o600 });
  const closed = ['--no-host', '--netflow', 'off', '--ipfix', 'off', '--sflow', 'off'];
  const http = ['--http', '192.0.2.77:8480', '--http-token-file', token];
  const { stderr, code } = await weir('up', '--data', join(data, 'store'), ...closed, ...http);
  expect(code).toBe(1);
  expect(stderr).toContain(
    'cannot listen on 192.0.2.77 port 8480: this machine has no such address (EADDRNOTAVAIL): name another with --http ADDRESS:PORT, or open none with --no-http',
  );
});

const ALL = ['--ipfix', '127.0.0.1:0', '--sflow', '127.0.0.1:0', '--ipfix-tcp', '127.0.0.1:0'];

async function metrics(): Promise<string> {
  return (await fetch(`${node.http}/metrics`)).text();
}

async function metric(name: string): Promise<number> {
  const line = (await metrics()).split('\n').find((l) => l.startsWith(`${name} `));
  return Number(line?.split(' ').pop());
}

async function dial(localPort?: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: node.portOf('ipfix-tcp'), ...(localPort ? { localPort } : {}) });
  socket.on('error', () => {});
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

/** Elements of IANA: sourceIPv4Address, destinationIPv4Address, protocolIdentifier, flowEndMilliseconds and the two counters. */
const FIELDS = {
  bytes: [1, 8],
  packets: [2, 8],
  protocol: [4, 1],
  source: [8, 4],
  destination: [12, 4],
  end: [153, 8],
};
type Field = keyof typeof FIELDS;
const USUAL: Field[] = ['source', 'destination', 'protocol', 'end', 'bytes', 'packets'];

function message(sequence: number, set: number, content: Buffer): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt16BE(10, 0);
  head.writeUInt16BE(20 + content.length, 2);
  head.writeUInt32BE(Math.floor(Date.now() / 1000), 4);
  head.writeUInt32BE(sequence, 8);
  head.writeUInt32BE(7, 12);
  head.writeUInt16BE(set, 16);
  head.writeUInt16BE(4 + content.length, 18);
  return Buffer.concat([head, content]);
}

function template(fields: readonly Field[]): Buffer {
  const words = [256, fields.length, ...fields.flatMap((f) => FIELDS[f])];
  const content = Buffer.alloc(words.length * 2);
  words.forEach((w, i) => {
    content.writeUInt16BE(w!, i * 2);
  });
  return message(0, 2, content);
}

/** `count` records of 1,000 bytes in the fifth field and 3 packets in the sixth, whatever a template makes of them. */
function records(sequence: number, count: number): Buffer {
  const one = Buffer.alloc(33);
  one.writeUInt32BE(0x0a000001, 0);
  one.writeUInt32BE(0xc0a80001, 4);
  one.writeUInt8(6, 8);
  one.writeBigUInt64BE(BigInt(Date.now()), 9);
  one.writeBigUInt64BE(1_000n, 17);
  one.writeBigUInt64BE(3n, 25);
  return message(sequence, 256, Buffer.concat(Array.from({ length: count }, () => one)));
}

const stored = (n: number) =>
  until(
    () => totals(data),
    (t) => t.records >= n,
  );

describe('datagram ports', () => {
  it('are told in their order, and each takes any export', async () => {
    node = await startNode(data, ALL);
    const told = node.stdout().trim().split('\n');
    expect(told.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'listening http',
      'listening netflow',
      'listening ipfix',
      'listening ipfix-tcp',
      'listening sflow',
      `api ${node.http}`,
      `dashboard ${node.http}`,
      'ready',
    ]);
    for (const [i, name] of ['netflow', 'ipfix', 'sflow'].entries()) {
      const to = await openSender(node.portOf(name));
      for (let n = 0; n < 20; n++) await to.send(numberedDatagram(n, Date.now() - 60_000, i));
      to.close();
    }
    expect((await stored(60 * N)).records).toBe(60 * N);
    expect(await metric('weir_ingest_datagrams_total')).toBe(60);
  });

  it('with two receive threads: every port in each', async () => {
    node = await startNode(data, [...ALL, '--receive-threads', '2']);
    const senders = await Promise.all(Array.from({ length: 8 }, () => openSender(node.portOf('sflow'))));
    for (const [i, to] of senders.entries())
      for (let n = 0; n < 5; n++) await to.send(numberedDatagram(n, Date.now() - 60_000, i));
    for (const to of senders) to.close();
    expect((await stored(40 * N)).records).toBe(40 * N);
  });

  it('that are taken are an error with the holder, and nothing is left running', async () => {
    node = await startNode(data, ALL);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const other = ['up', '--data', join(data, 'other'), '--http', 'off', '--netflow', 'off'];
    const [udp, tcp, here] = await Promise.all([
      weir(...other, '--sflow', `127.0.0.1:${node.portOf('ipfix')}`),
      weir(...other.with(2, join(data, 'second')), '--ipfix-tcp', `127.0.0.1:${node.portOf('ipfix-tcp')}`),
      weir(...other.with(2, join(data, 'third')), '--ipfix-tcp', `127.0.0.1:${port}`),
    ]);
    server.close();
    expect(udp).toMatchObject({ code: 1, stdout: '' });
    expect(udp.stderr).toMatch(new RegExp(`UDP port ${node.portOf('ipfix')} .*process ${node.pid} `));
    expect(tcp).toMatchObject({ code: 1, stdout: '' });
    expect(tcp.stderr).toMatch(new RegExp(`TCP port ${node.portOf('ipfix-tcp')} .*process ${node.pid} `));
    expect(here.stderr).toMatch(new RegExp(`TCP port ${port} .*process ${process.pid} `));
  });

  it('tell how full their buffers were and what came at once', async () => {
    node = await startNode(data, ALL);
    const to = await openSender(node.portOf('netflow'));
    process.kill(node.pid, 'SIGSTOP');
    for (let n = 0; n < 400; n++) await to.send(numberedDatagram(n, Date.now() - 60_000));
    process.kill(node.pid, 'SIGCONT');
    to.close();
    const t = await stored(390 * N);
    expect(t.records + t.lost).toBe(400 * N);
    const text = await until(metrics, (m) =>
      /weir_receive_burst_datagrams\{port="netflow",window="100ms"\} [1-9]/.test(m),
    );
    const value = (series: string) =>
      Number(
        text
          .split('\n')
          .find((l) => l.startsWith(`${series} `))
          ?.split(' ')
          .pop(),
      );
    const burst = value('weir_receive_burst_datagrams{port="netflow",window="100ms"}');
    // They waited in the socket and were read at once.
    expect(burst).toBeGreaterThanOrEqual(200);
    expect(value('weir_receive_burst_datagrams{port="netflow",window="10ms"}')).toBeLessThanOrEqual(burst);
    expect(value('weir_receive_burst_datagrams{port="sflow",window="100ms"}')).toBe(0);
    expect(value('weir_receive_buffer_needed_bytes{port="netflow"}')).toBe(burst * 2_300);
    const highest = value('weir_receive_buffer_high_water_bytes{port="netflow",since="start"}');
    expect(highest).toBeGreaterThan(100_000);
    expect(value('weir_receive_buffer_high_water_bytes{port="netflow",since="1h"}')).toBe(highest);
    expect(value('weir_receive_buffer_granted_bytes{port="netflow"}')).toBeGreaterThanOrEqual(highest);
    const health = (await (await fetch(`${node.http}/api/v1/health`)).json()) as { ingest: { buffers: object[] } };
    expect(health.ingest.buffers).toHaveLength(3);
    expect(health.ingest.buffers[0]).toMatchObject({ port: 'netflow', burst100: burst, high_water_bytes: highest });
    expect(value('weir_exporter_burst_datagrams{exporter="127.0.0.1",window="100ms"}')).toBeGreaterThanOrEqual(200);
  });
});

describe('IPFIX over TCP', () => {
  it('takes the messages of several connections, wherever the stream is cut', async () => {
    node = await startNode(data, ALL);
    const [a, b] = [await dial(), await dial()];
    const stream = Buffer.concat([template(USUAL), ...Array.from({ length: 50 }, (_, i) => records(i * 20, 20))]);
    for (let at = 0; at < stream.length; at += 777) a.write(stream.subarray(at, at + 777));
    b.write(stream);
    const t = await stored(2_000);
    expect(t).toMatchObject({ records: 2_000, bytes: 2_000_000, packets: 6_000, lost: 0 });
    expect(await metric('weir_tcp_connections')).toBe(2);
    expect(await metric('weir_ingest_errors_total')).toBe(0);
  });

  it('forgets the templates of a connection that has ended, also for one from the same port', async () => {
    node = await startNode(data, ALL);
    const first = await dial();
    const { localPort } = first;
    first.write(Buffer.concat([template(USUAL), records(0, 5)]));
    await stored(5);
    first.write(records(5, 5));
    await sleep(5);
    // No TIME_WAIT: the port is free again at once.
    first.resetAndDestroy();
    await sleep(5);
    const second = await dial(localPort);
    second.write(records(0, 5));
    await sleep(300);
    const swapped: Field[] = ['source', 'destination', 'protocol', 'end', 'packets', 'bytes'];
    second.write(Buffer.concat([template(swapped), records(5, 5)]));
    expect(await stored(20)).toMatchObject({ records: 20, bytes: 10 * 1_000 + 10 * 3, packets: 10 * 3 + 10 * 1_000 });
  });

  it('closes a connection that sends something else, says whose, and goes on with the others', async () => {
    node = await startNode(data, ALL);
    const good = await dial();
    good.write(template(USUAL));
    const bad = await dial();
    bad.write('GET / HTTP/1.1\r\nHost: weir\r\n\r\n');
    if (!bad.closed) await once(bad, 'close');
    good.write(records(0, 10));
    expect((await stored(10)).records).toBe(10);
    expect(await metrics()).toContain('weir_tcp_closed_total{cause="not_ipfix"} 1');
    expect(node.stderr()).toContain('IPFIX over TCP from 127.0.0.1 closed: what came is not IPFIX');
  });

  it('what was sent before the node was stopped is stored', async () => {
    node = await startNode(data, ALL);
    const socket = await dial();
    await new Promise<void>((resolve) => {
      socket.write(template(USUAL));
      for (let i = 0; i < 500; i++) socket.write(records(i * 30, 30));
      socket.write(records(15_000, 30), () => resolve());
    });
    expect(await node.stop()).toBe(0);
    expect((await totals(data)).records).toBe(15_030);
  });

  it.skipIf(fixtures === null)('takes an IPFIX file as it is: every message, and none with an error', async () => {
    const file = readFileSync(join(fixtures!, 'ipfixcol2/example_flows.ipfix'));
    let messages = 0;
    for (let at = 0; at < file.length; at += file.readUInt16BE(at + 2)) messages += 1;
    node = await startNode(data, ALL);
    const socket = await dial();
    socket.end(file);
    await until(
      () => metric('weir_ingest_datagrams_total'),
      (n) => n >= messages,
    );
    expect(await metric('weir_ingest_datagrams_total')).toBe(messages);
    expect(await metrics()).toContain('weir_tcp_closed_total{cause="ended"} 1');
    expect(await metric('weir_ingest_octets_total')).toBe(file.length);
    expect(await metric('weir_ingest_errors_total')).toBe(0);
  });
});
