import { output } from './run.mjs';

const ETHERNET_BYTES = 14;

/**
 * Two hosts that are joined by a cable, near and far. Neighbours are known and nothing is announced, so that there is no packet but those of sockets; packets are
 * as they would be on a wire. `nobody` is a neighbour that is not there: what is sent to it never comes back.
 */
export async function twoHosts(near, far, network, { ethernet = 'eth0' } = {}) {
  await output('ip', 'netns', 'add', near);
  await output('ip', 'netns', 'add', far);
  await output('ip', 'link', 'add', ethernet, 'netns', near, 'type', 'veth', 'peer', 'name', ethernet, 'netns', far);
  const macs = ['02:00:00:00:00:01', '02:00:00:00:00:02', '02:00:00:00:00:09'];
  for (const [namespace, own, other] of [
    [near, 1, 2],
    [far, 2, 1],
  ]) {
    const device = ['-n', namespace];
    await output('ip', ...device, 'link', 'set', 'lo', 'up');
    await output(
      'ip',
      ...device,
      ...`link set ${ethernet} address ${macs[own - 1]} addrgenmode none multicast off up`.split(' '),
    );
    await output('ip', ...device, 'addr', 'add', `10.${network}.0.${own}/24`, 'dev', ethernet);
    await output('ip', ...device, 'addr', 'add', `fd${network}::${own}/64`, 'dev', ethernet, 'nodad');
    for (const [address, mac] of [
      [`10.${network}.0.${other}`, macs[other - 1]],
      [`fd${network}::${other}`, macs[other - 1]],
      [`10.${network}.0.9`, macs[2]],
    ])
      await output('ip', ...device, ...`neigh add ${address} lladdr ${mac} nud permanent dev ${ethernet}`.split(' '));
    const features = ['gso', 'tso', 'gro'].flatMap((name) => [name, 'off']);
    await output('ip', 'netns', 'exec', namespace, 'ethtool', '-K', ethernet, ...features);
  }
  const address = (host) => ({ v4: `10.${network}.0.${host}`, v6: `fd${network}::${host}` });
  return { near: address(1), far: address(2), nobody: address(9) };
}

/** What the kernel counted at an interface; without Ethernet where it has that. */
export async function interfaceCounters(namespace, name, header = ETHERNET_BYTES) {
  const [{ stats64 }] = JSON.parse(await output('ip', '-n', namespace, '-s', '-j', 'link', 'show', name));
  const { rx, tx } = stats64;
  return {
    txBytes: tx.bytes - header * tx.packets,
    txPackets: tx.packets,
    rxBytes: rx.bytes - header * rx.packets,
    rxPackets: rx.packets,
  };
}

/** A protocol's counters of a namespace: /proc/net/snmp, a line of names and a line of numbers. */
export async function protocolCounters(namespace, protocol) {
  const lines = (await output('ip', 'netns', 'exec', namespace, 'cat', '/proc/net/snmp')).split('\n');
  const [names, numbers] = lines
    .filter((line) => line.startsWith(`${protocol}:`))
    .map((line) => line.split(' ').slice(1));
  return Object.fromEntries(names.map((name, i) => [name, Number(numbers[i])]));
}
