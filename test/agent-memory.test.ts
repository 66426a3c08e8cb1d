/** `weir agent` as it is, with its own meter on this kernel, and with as many live flows as it promises to carry. Takes root. */
import { chmodSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { dirname, join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cpuSecondsOf, memoryOf, startWeirAgent, type TestAgent } from './agent.testing.ts';
import { noNamespaces, Spoken, Wire } from './namespaces.testing.ts';
import { remove, sleep, tempFolder, until, weir } from './node.testing.ts';

const why = noNamespaces();
if (why !== null) console.warn(`skipped: the memory of an agent: ${why}`);

const MOST_KB = 100_000;
const SOCKETS = 10_000;
/** No host has it, and who gets its packets says nothing: a flow stays one, and is refused by nobody. */
const NOBODY = '10.77.0.9';
/** Sockets that each send now and then, some hundred at a time: a queue of the kernel holds not many more. */
const SENDER = `
import { createSocket } from 'node:dgram';
const sockets = [];
for (let i = 0; i < ${SOCKETS}; i++) {
  const socket = createSocket('udp4');
  await new Promise((resolve) => socket.connect(Number(process.argv[1]), '${NOBODY}', resolve));
  sockets.push(socket);
}
for (;;) {
  for (const [i, socket] of sockets.entries()) {
    socket.send('weir');
    if (i % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  console.log('sent');
  await new Promise((resolve) => setTimeout(resolve, 15_000));
}
`;

describe.skipIf(why !== null)('weir agent on this kernel', () => {
  const wire = new Wire();
  const senders: Spoken[] = [];
  let folder = '';
  let data = '';
  let agent: TestAgent;

  beforeAll(async () => {
    folder = tempFolder();
    // The agent is another user than who starts it as root: it must get through.
    chmodSync(dirname(folder), 0o711);
    chmodSync(folder, 0o755);
    data = join(folder, 'data');
    await wire.lay();
    await wire.ip(wire.a.namespace, `neigh add ${NOBODY} lladdr ${wire.b.mac} dev wire nud permanent`);
    agent = await startWeirAgent(data, ['--user', 'nobody']);
  }, 180_000);
  afterAll(async () => {
    for (const sender of senders) await sender.end();
    await agent?.stop();
    await wire.remove();
    remove(folder);
  }, 180_000);

  /** The meter counts them by itself; a list of them would cost it memory. */
  const open = async () => {
    const answer = await new Promise<IncomingMessage>((resolve, reject) =>
      get({ socketPath: join(data, 'weir.sock'), path: '/api/v1/host', agent: false }, resolve).on('error', reject),
    );
    const host = (await json(answer)) as { level: string; counters: { open: number } };
    expect(host.level).toBe('ebpf');
    return host.counters.open;
  };

  const measure = async (when: string) => {
    // Whoever asked has gone, and with it the process that has the database.
    await until(
      async () => agent.pids().length,
      (n) => n === 2,
      30_000,
    );
    const { pss, alone } = memoryOf(agent.pids());
    const each = agent.pids().map((pid) => memoryOf([pid]).own);
    console.log(
      `${when}: ${pss} kB Pss in all, ${alone} kB if no other Node ran (of their own ${each.join(' and ')} kB)`,
    );
    return { pss, alone };
  };

  test('metering 20,000 live flows, all its processes together take at most 100 MB', async () => {
    for (const port of [9_001, 9_002]) {
      const sender = new Spoken(
        wire.spawn(wire.a.namespace, process.execPath, ['--input-type=module', '-e', SENDER, String(port)]),
      );
      senders.push(sender);
    }
    for (const sender of senders) await sender.until('sent', 60_000);
    const flows = await until(open, (n) => n >= 2 * SOCKETS, 60_000);
    await measure(`just begun, ${flows} live flows`);
    // What 20,000 new sockets within a second cost besides is given back.
    await sleep(30_000);
    const { pss, alone } = await measure(`${await open()} live flows`);
    expect(pss).toBeLessThan(MOST_KB);
    // A machine without another Node counts its text to these alone.
    expect(alone).toBeLessThan(1.1 * MOST_KB);
    const cpu = cpuSecondsOf(agent.pids());
    await sleep(10_000);
    console.log(`${(10 * (cpuSecondsOf(agent.pids()) - cpu)).toFixed(1)} % of a core`);
    await weir('flows', '--active', '--data', data, '--limit', '20');
    expect((await measure('after a question for the largest of them')).pss).toBeLessThan(MOST_KB);
  }, 240_000);
});
