import { interfaceCounters, protocolCounters, twoHosts } from './namespaces.mjs';
import { serving, shell, within } from './run.mjs';
import { check } from './tell.mjs';

const OUTER_PORT = 51820;
/** Segments of the kernel's own, after a connection. */
const MOST_EMPTY = 20;
const INNER = { near: '10.97.1.1', far: '10.97.1.2' };
/** Around each packet: IPv4, UDP, header and tag of WireGuard; before that it is filled up to a multiple of 16. */
const OUTER_BYTES = 20 + 8 + 16 + 16;
const MOST_FILLED = 15;
/** Its handshakes and signs of life. */
const MOST_OTHER = 10;
const MOST_OTHER_BYTES = 176;
const TUNNEL = `set -e
umask 077
for host in near far; do wg genkey > /tmp/$host.key; wg pubkey < /tmp/$host.key > /tmp/$host.public; done
tunnel() { # own, other, own address, other's address, other's endpoint
  ip -n wg$1 link add wg0 type wireguard
  ip netns exec wg$1 wg set wg0 private-key /tmp/$1.key listen-port ${OUTER_PORT} peer $(cat /tmp/$2.public) allowed-ips $4/32 endpoint $5:${OUTER_PORT}
  ip -n wg$1 addr add $3/24 dev wg0
  ip -n wg$1 link set wg0 up
}
tunnel near far ${INNER.near} ${INNER.far} "$2"
tunnel far near ${INNER.far} ${INNER.near} "$1"`;

/** iperf3 through a tunnel of the kernel's WireGuard: the inner flow is the program's, and what carries it must not be counted again. */
export async function wireguard() {
  const { near, far } = await twoHosts('wgnear', 'wgfar', 97);
  await shell(TUNNEL, near.v4, far.v4);
  const server = await serving(/listening/, ...within('wgfar', 'iperf3', '-s', '-1', '--forceflush'));
  const outerBefore = await interfaceCounters('wgnear', 'eth0');
  const pid = Number(
    (await shell(`echo $$; exec "$@" > /dev/null`, ...within('wgnear', 'iperf3', '-c', INNER.far, '-n', '2M'))).trim(),
  );
  await server.ended;
  const outer = await interfaceCounters('wgnear', 'eth0');
  const { OutSegs, RetransSegs } = await protocolCounters('wgnear', 'Tcp');
  return (records) => {
    const sent = records.filter((r) => r.src_addr === INNER.near && r.duplicate !== 'yes');
    const bytes = sum(sent, 'bytes');
    const packets = sum(sent, 'packets');
    const owned = sent.filter((r) => r.pid !== undefined);
    const rightPid = owned.length > 0 && owned.every((r) => r.pid === pid && r.process === 'iperf3');
    check(
      'WireGuard: inner flow has the pid of its program',
      rightPid,
      owned.map((r) => `${r.process}[${r.pid}]`).join(', '),
    );
    const segments = OutSegs + RetransSegs;
    const carried = outer.txPackets - outerBefore.txPackets;
    const around = outer.txBytes - outerBefore.txBytes - bytes - packets * OUTER_BYTES;
    check(
      'WireGuard: inner packets once',
      Math.abs(segments - packets) <= MOST_EMPTY &&
        around >= 0 &&
        around <= packets * MOST_FILLED + MOST_OTHER * MOST_OTHER_BYTES,
      `${bytes} B in ${packets}, TCP sent ${segments}; ${outer.txBytes - outerBefore.txBytes} B in ${carried} around them`,
    );
    const found = records.filter((r) => r.src_port === OUTER_PORT || r.dst_port === OUTER_PORT);
    const seen = `${found.length} records; ${carried} packets left the interface`;
    check('WireGuard: no outer flow', found.length === 0 && carried >= packets, seen);
  };
}

function sum(records, column) {
  return records.reduce((total, record) => total + record[column], 0);
}
