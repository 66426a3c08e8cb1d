import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootMs } from '../../system/index.ts';
import { makeTestCgroup } from '../test-cgroup.testing.ts';
import { type EbpfBackend, startEbpf } from './ebpf-backend.ts';

const { folder, refused } = makeTestCgroup('owners');

function run(script: string, ...args: string[]) {
  const moved = `echo $$ > ${folder}/cgroup.procs; exec "$@"`;
  return spawn('bash', ['-c', moved, 'bash', ...args, script], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function linesOf(child: ReturnType<typeof run>): Promise<string[]> {
  let said = '';
  child.stdout.on('data', (bytes) => {
    said += bytes;
  });
  await once(child, 'close');
  return said.trim().split('\n');
}

/** A process for each connection, which says which one it is. */
const FORKING_SERVER = `
import os, socketserver
class Handler(socketserver.StreamRequestHandler):
  def handle(self):
    self.rfile.readline()
    self.wfile.write(b'HTTP/1.0 200 OK\\r\\n\\r\\n%d' % os.getpid())
class Server(socketserver.ForkingTCPServer):
  request_queue_size = 128
server = Server(('127.0.0.1', 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
`;

/** Ports of clients, which come more than once, each with the process that has the socket, there and at the server. Handshakes (one packet) are with the one that listens. */
function ownersOf(backend: EbpfBackend, protocol: number, serverPort: number) {
  const clients: string[] = [];
  const servers: string[] = [];
  backend.sweep((part) => {
    for (let i = 0; i < part.count; i++) {
      if (part.protocol[i] !== protocol) continue;
      const { pid, comm } = backend.owner(part.cookie[i]!) ?? { pid: 0, comm: '' };
      if (part.remotePort[i] === serverPort) clients.push(`${part.localPort[i]} ${pid} ${comm}`);
      else if (part.localPort[i] === serverPort && part.txPackets[i]! > 1) servers.push(`${part.remotePort[i]} ${pid}`);
    }
  });
  return { clients: clients.sort(), servers: servers.sort() };
}

describe.skipIf(refused !== null)(`owners of sockets by eBPF${refused ? ` (skipped: ${refused})` : ''}`, () => {
  let backend: EbpfBackend;
  beforeAll(() => {
    backend = startEbpf({ cgroup: folder });
  });
  afterAll(() => {
    backend.close();
    rmdirSync(folder);
  });

  it('knows the process of 300 clients that live for a moment, and of the 300 that served them', async () => {
    const server = run(FORKING_SERVER, 'python3', '-c');
    const port = Number(await once(server.stdout, 'data'));
    const curl = `curl -s -w ' %{local_port}\\n' http://127.0.0.1:${port}/`;
    const said = await linesOf(run(`for i in $(seq 300); do ${curl} & echo -n "$! "; wait $!; done`, 'bash', '-c'));
    server.kill();
    await once(server, 'close');
    const rows = said.map((line) => line.split(' '));
    expect(rows.length).toBe(300);
    const { clients, servers } = ownersOf(backend, 6, port);
    expect(clients).toEqual(rows.map(([pid, , client]) => `${client} ${pid} curl`).sort());
    expect(servers).toEqual(rows.map(([, served, client]) => `${client} ${served}`).sort());
  }, 180_000);

  it('knows the process of 200 senders of one datagram', async () => {
    const said = await linesOf(
      run(`for i in $(seq 200); do bash -c 'echo $$; echo x > /dev/udp/127.0.0.1/9' & wait $!; done`, 'bash', '-c'),
    );
    const { clients } = ownersOf(backend, 17, 9);
    const owners = clients.map((client) => client.split(' ').slice(1).join(' '));
    expect(owners.sort()).toEqual(said.map((pid) => `${pid} bash`).sort());
    expect(new Set(said).size).toBe(200);
  }, 180_000);

  it('knows when a process had its socket, unless processes have other numbers here', async () => {
    const elsewhere = startEbpf({ cgroup: folder, samePids: false });
    expect(elsewhere.notes.join()).toContain('PID namespace');
    const beganMs = bootMs();
    await linesOf(run('echo x > /dev/udp/127.0.0.1/19', 'bash', '-c'));
    const seen = (of: EbpfBackend) => {
      const times: (number | undefined)[] = [];
      of.sweep((part) => {
        for (let i = 0; i < part.count; i++)
          if (part.remotePort[i] === 19) times.push(of.owner(part.cookie[i]!)?.seenMs);
      });
      return times;
    };
    const times = seen(backend);
    expect(times).toEqual([expect.any(Number)]);
    expect(times[0]).toBeGreaterThan(beganMs);
    expect(times[0]).toBeLessThan(bootMs());
    expect(seen(elsewhere)).toEqual([0]);
    elsewhere.close();
  });
});
