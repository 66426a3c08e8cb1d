import { interfaceCounters, twoHosts } from './namespaces.mjs';
import { output, serving, within } from './run.mjs';
import { check } from './tell.mjs';

const RUNS = [
  { name: 'TCP4', family: 'v4', port: 5201, options: ['-n', '4M'] },
  { name: 'TCP6', family: 'v6', port: 5202, options: ['-n', '4M'] },
  { name: 'UDP4', family: 'v4', port: 5203, options: ['-u', '-b', '8M', '-l', '1200', '-t', '1'] },
  { name: 'UDP6', family: 'v6', port: 5204, options: ['-u', '-b', '8M', '-l', '1200', '-t', '1'] },
];
const WAYS = [
  ['sent', 'txBytes', 'txPackets'],
  ['received', 'rxBytes', 'rxPackets'],
];
/** No segment without payload is longer: what the kernel sends by itself, after a connection, has no socket. */
const LONGEST_EMPTY = 80;
const MOST_EMPTY = 20;

/** iperf3 between two hosts: what an interface counts is the truth for what the sockets behind it sent and received. */
export async function interfaceTraffic() {
  const { near, far } = await twoHosts('near', 'far', 98);
  const truths = [];
  for (const { family, port, options } of RUNS) {
    const before = await interfaceCounters('near', 'eth0');
    const server = await serving(/listening/, ...within('far', 'iperf3', '-s', '-1', '--forceflush', '-p', `${port}`));
    await output(...within('near', 'iperf3', '-c', far[family], '-p', `${port}`, ...options));
    await server.ended;
    const after = await interfaceCounters('near', 'eth0');
    truths.push(Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]])));
  }
  return (records) => {
    RUNS.forEach(({ name, family, port }, i) => {
      const counted = countedAt(
        near[family],
        records.filter((r) => r.src_port === port || r.dst_port === port),
      );
      for (const [way, bytes, packets] of WAYS) judge(`${name} ${way}`, truths[i], counted, bytes, packets);
    });
  };
}

/** Of the sockets of one host: what it sent its senders recorded, what it received is the second record of what the other side sent. */
function countedAt(address, records) {
  const sum = { txBytes: 0, txPackets: 0, rxBytes: 0, rxPackets: 0 };
  for (const { src_addr, dst_addr, duplicate, bytes, packets } of records) {
    if (src_addr === address && duplicate !== 'yes') {
      sum.txBytes += bytes;
      sum.txPackets += packets;
    } else if (dst_addr === address && duplicate === 'yes') {
      sum.rxBytes += bytes;
      sum.rxPackets += packets;
    }
  }
  return sum;
}

function judge(name, truth, counted, bytes, packets) {
  const leftBytes = truth[bytes] - counted[bytes];
  const left = truth[packets] - counted[packets];
  const equal = left === 0 && leftBytes === 0;
  const empty = left > 0 && left <= MOST_EMPTY && leftBytes > 0 && leftBytes <= left * LONGEST_EMPTY;
  const shown = `${counted[bytes]} B in ${counted[packets]}`;
  const difference = `the interface has ${leftBytes} B in ${left} more`;
  check(name, truth[packets] > 1 && (equal || empty), equal ? `${shown}, as the interface` : `${shown}, ${difference}`);
}
