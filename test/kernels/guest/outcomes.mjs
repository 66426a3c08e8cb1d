import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { interfaceCounters, protocolCounters } from './namespaces.mjs';
import { attempt, within } from './run.mjs';
import { check } from './tell.mjs';

const REFUSED = 6001;
const SILENT = 6002;
const RESET = 6003;
/** Of short-lived.mjs, whose clients all got an answer. */
const ESTABLISHED = 7000;

/** Connections that come to nothing, each in its way; who tried says how the kernel told it. Between the hosts of interface-traffic.mjs. */
export async function outcomes() {
  const to = (address, port) =>
    within('near', 'timeout', '4', 'bash', '-c', `echo pid $$; exec 3<>/dev/tcp/${address}/${port}`);
  const { AttemptFails: failedBefore } = await protocolCounters('near', 'Tcp');
  const refused = await attempt(...to('10.98.0.2', REFUSED));
  const { AttemptFails: failed } = await protocolCounters('near', 'Tcp');
  const before = await interfaceCounters('near', 'eth0');
  const silent = await attempt(...to('10.98.0.9', SILENT));
  const after = await interfaceCounters('near', 'eth0');
  const error = await resetConnection();
  return (records) => {
    const pidOf = ({ text }) => Number(/^pid (\d+)$/m.exec(text)[1]);
    const told = /refused/i.test(refused.text) && failed === failedBefore + 1;
    judge(records, 'refused', REFUSED, told, (r) => r.pid === pidOf(refused));
    const unanswered = after.txPackets - before.txPackets;
    const lost = silent.code !== 0 && unanswered > 0 && after.rxPackets === before.rxPackets;
    judge(records, 'unanswered', SILENT, lost, (r) => r.pid === pidOf(silent) && r.packets === unanswered);
    judge(records, 'reset', RESET, error.code === 'ECONNRESET', (r) => r.pid === process.pid);
    judge(records, 'established', ESTABLISHED, true, (r) => r.process === 'bash');
  };
}

async function resetConnection() {
  const server = createServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
  server.listen(RESET, '127.0.0.1');
  await once(server, 'listening');
  const client = connect(RESET, '127.0.0.1');
  client.write('x');
  const [error] = await once(client, 'error');
  server.close();
  return error;
}

function judge(records, outcome, port, truth, isRight) {
  const found = records.filter((r) => r.dst_port === port && r.protocol === 6 && r.duplicate !== 'yes');
  const ok = truth && found.length > 0 && found.every((r) => r.outcome === outcome && isRight(r));
  const seen = [...new Set(found.map((r) => `${r.process} ${r.outcome}`))].join(', ') || 'no record';
  check(
    `outcome ${outcome}`,
    ok,
    truth ? `${found.length} x ${seen}` : `${seen}; the kernel told the program otherwise`,
  );
}
