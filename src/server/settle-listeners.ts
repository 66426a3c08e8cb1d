import { formatListenAddress, type ListenAddress } from './listen-address.ts';
import { DATAGRAM_LISTENERS, flagOf, type NodeConfig, type SettingName } from './settings.ts';

const TCP_LISTENERS = ['http', 'ipfix_tcp'] as const satisfies readonly SettingName[];

/**
 * Two listeners on one port. Of two that were both asked for this is a mistake; one that is only there by default makes room, since any
 * datagram port takes every export format. `where` tells where a setting was given.
 */
export function settleListeners(
  config: NodeConfig,
  where: (name: SettingName) => string | undefined,
  problems: string[],
): void {
  for (const names of [DATAGRAM_LISTENERS, TCP_LISTENERS]) {
    // Those that were asked for first: a default makes room for them and never the other way round.
    const inOrder = [...names].sort((a, b) => Number(where(b) !== undefined) - Number(where(a) !== undefined));
    const taken: { name: SettingName; at: ListenAddress }[] = [];
    for (const name of inOrder) {
      const at = config[name];
      const other = at && taken.find((t) => overlap(t.at, at));
      if (at && !other) taken.push({ name, at });
      else if (other && where(name) === undefined && name !== 'http') config[name] = null;
      else if (other)
        problems.push(
          `${where(name) ?? flagOf(name)}: ${formatListenAddress(at)} is the port of ${where(other.name) ?? flagOf(other.name)} too: choose another, or turn one of them off`,
        );
    }
  }
}

function overlap(a: ListenAddress, b: ListenAddress): boolean {
  return a.port === b.port && a.port !== 0 && (a.address === b.address || isEvery(a.address) || isEvery(b.address));
}

const isEvery = (address: string): boolean => address === '0.0.0.0' || address === '::';
