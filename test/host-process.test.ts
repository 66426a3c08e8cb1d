import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { noEbpf } from './ebpf.testing.ts';

const PROGRAM = join(import.meta.dirname, '../dist/host/meter-process.js');

const OPTIONS = {
  name: 'a1',
  exportPeriodMs: 300_000,
  policyFile: null,
  stateDirectory: '/nonexistent',
  serverNames: false,
  guests: null,
  ownTraffic: false,
  ownPids: [],
  cpuPercent: 5,
  proxyLog: null,
  maxFlows: 100_000,
  networks: { home: [], sites: {} },
};

interface Report {
  type: string;
  level?: string;
  code?: string;
  message?: string;
  answer?: { flows: Record<string, unknown>[] };
}

let child: ChildProcess;
afterEach(() => child.kill('SIGKILL'));

async function started(options: object = {}): Promise<Report> {
  child = fork(PROGRAM, [], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'], execArgv: [] });
  child.stdout!.resume();
  child.send({ type: 'configure', options: { ...OPTIONS, ...options } });
  const [report] = await once(child, 'message');
  return report as Report;
}

async function ask(filter: string): Promise<Record<string, unknown>[]> {
  child.send({ type: 'active', id: 1, query: { filter, sets: {}, order: 'bytes', reverse: false, limit: 10 } });
  for (;;) {
    const [report] = (await once(child, 'message')) as [Report];
    if (report.type === 'active') return report.answer!.flows;
  }
}

/** A connection within this process that has something to be recorded. */
async function connection(): Promise<{ port: number; close(): void }> {
  const server = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write('x'.repeat(1_000));
  const close = () => {
    socket.destroy();
    server.close();
  };
  return { port, close };
}

describe('the process that meters this host', () => {
  it.skipIf(noEbpf !== null)(
    'is a user whom nobody else is once it meters, and may do nothing but look at processes',
    async () => {
      const { level } = await started();
      expect(level).not.toBe('none');
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      const [, user] = /^Uid:\s+(\d+)\s/m.exec(status)!;
      expect(status).toMatch(new RegExp(`^Uid:(\\s+${user}){4}$`, 'm'));
      expect(status).toMatch(new RegExp(`^Gid:(\\s+${user}){4}$`, 'm'));
      for (const file of ['/etc/passwd', '/etc/group']) expect(readFileSync(file, 'utf8')).not.toContain(`:${user}:`);
      // Nor may what runs as `nobody` end it, as far as it is let: services of all kinds are.
      const killed = spawnSync('setpriv', [
        '--reuid=65534',
        '--regid=65534',
        '--clear-groups',
        'kill',
        '-9',
        `${child.pid}`,
      ]);
      expect([killed.status, String(killed.stderr)]).toEqual([1, expect.stringContaining('not permitted')]);
      expect(status).toMatch(/^Groups:\s*$/m);
      // CAP_DAC_READ_SEARCH and CAP_SYS_PTRACE; before 5.19 CAP_BPF as well.
      expect(status).toMatch(/^CapPrm:\s+0000000000080004$|^CapPrm:\s+0000008000080004$/m);
      expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    },
  );

  it.skipIf(noEbpf !== null)(
    'may also look at packets where guests are metered, as these may come at any time',
    async () => {
      await started({ guests: [] });
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      // CAP_NET_RAW beside the others.
      expect(status).toMatch(/^CapPrm:\s+0000000000082004$|^CapPrm:\s+0000008000082004$/m);
    },
  );

  it.skipIf(noEbpf !== null)('still knows the processes of others, with their executables', async () => {
    await started();
    const { port, close } = await connection();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const flows = await ask(`dst port ${port}`);
    expect(flows.length).toBeGreaterThan(0);
    for (const flow of flows)
      expect(flow).toMatchObject({ pid: process.pid, executable: process.execPath, host: 'a1' });
    close();
  });

  it('refuses to meter under a policy that it cannot read', async () => {
    expect(await started({ policyFile: '/nonexistent/policy.yaml' })).toMatchObject({ type: 'failed', code: 'config' });
  });

  it('is ended by its parent alone, as a service gives the signal to all of its processes at once', async () => {
    await started();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) child.kill(signal);
    const [report] = (await once(child, 'message')) as [Report];
    expect(report.type).toBe('status');
    child.send({ type: 'stop' });
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
  });

  it('ends with its parent, also where nobody takes what it still has', async () => {
    await started();
    const { close } = await connection();
    child.stdout!.destroy();
    child.disconnect();
    const [code] = await once(child, 'exit');
    close();
    expect(code).toBe(0);
  });
});
