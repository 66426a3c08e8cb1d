import { CounterSheet } from '../base/index.ts';

/** Why a connection was closed. */
export const CLOSE_CAUSES = {
  ended: 'the exporter ended it',
  cut: 'the exporter ended it in the middle of a message',
  reset: 'the network or the exporter broke it off',
  not_ipfix: 'what came is not IPFIX',
  bad_length: 'a message says that it is shorter than its header',
  slow: 'a message was not whole a minute after it began',
  silent: 'no message came within a minute of its beginning',
  idle: 'no message came for an hour',
  stopped: 'this node stopped',
} as const;

export type CloseCause = keyof typeof CLOSE_CAUSES;

/** Why a connection was not taken. */
export const REFUSALS = { full: 'too many connections', address: 'too many connections from one address' } as const;

export type Refusal = keyof typeof REFUSALS;

export type TcpCounter = 'open' | 'accepted' | CloseCause | Refusal;

export function tcpCounters(): CounterSheet<TcpCounter> {
  return new CounterSheet<TcpCounter>([
    { key: 'open', name: 'weir_tcp_connections', help: 'IPFIX connections that are open', kind: 'gauge' },
    { key: 'accepted', name: 'weir_tcp_accepted_total', help: 'IPFIX connections taken' },
    ...Object.keys(REFUSALS).map((cause) => ({
      key: cause as Refusal,
      name: 'weir_tcp_refused_total',
      help: 'IPFIX connections that were not taken, by cause',
      labels: { cause },
    })),
    ...Object.keys(CLOSE_CAUSES).map((cause) => ({
      key: cause as CloseCause,
      name: 'weir_tcp_closed_total',
      help: 'IPFIX connections that were closed, by cause',
      labels: { cause },
    })),
  ]);
}
