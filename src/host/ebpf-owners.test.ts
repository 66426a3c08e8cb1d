import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EbpfBackend, startEbpf } from './ebpf-backend.ts';
import { makeTestCgroup } from './test-cgroup.testing.ts';

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

/** By the port of the client: which process has its socket, and which one that of the server. */
function owners(backend: EbpfBackend, protocol: number, serverPort: number) {
  const clients = new Map<number, string>();
  const servers = new Map<number, string>();
  backend.sweep((part) => {
    for (let i = 0; i < part.count; i++) {
      if (part.protocol[i] !== protocol) continue;
      const { pid, comm } = backend.owner(part.cookie[i]!) ?? { pid: 0, comm: '' };
      if (part.remotePort[i] === serverPort) clients.set(part.localPort[i]!, `${pid} ${comm}`);
      else if (part.localPort[i] === serverPort) servers.set(part.remotePort[i]!, `${pid}`);
    }
  });
  return { clients, servers };
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
    const { clients, servers } = owners(backend, 6, port);
    expect(clients).toEqual(new Map(rows.map(([pid, , client]) => [Number(client), `${pid} curl`])));
    expect(servers).toEqual(new Map(rows.map(([, served, client]) => [Number(client), served])));
  }, 60_000);

  it('knows the process of 200 senders of one datagram', async () => {
    const said = await linesOf(
      run(`for i in $(seq 200); do bash -c 'echo $$; echo x > /dev/udp/127.0.0.1/9' & wait $!; done`, 'bash', '-c'),
    );
    const { clients } = owners(backend, 17, 9);
    expect([...clients.values()].sort()).toEqual(said.map((pid) => `${pid} bash`).sort());
    expect(new Set(said).size).toBe(200);
  }, 60_000);
});
