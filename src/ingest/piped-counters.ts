import { CounterSheet } from '../base/index.ts';
import { METER_COUNTERS, METER_LEVELS, type MeterCounterName, type MeterLevel } from './piped-messages.ts';

/** Why the process of a meter ended, or was ended, without being told to. */
export const METER_ENDS = {
  died: 'it ended by itself',
  not_ipfix: 'what it wrote is not IPFIX',
  bad_length: 'it wrote a message that says that it is shorter than its header',
  silent: 'it said nothing for too long',
  not_started: 'it could not be started',
} as const;
export type MeterEnd = keyof typeof METER_ENDS;

export type PipedCounter =
  | `level_${MeterLevel}`
  | 'up'
  | 'messages'
  | 'octets'
  | 'forwarded'
  | 'unsent'
  | 'refused'
  | MeterEnd
  | MeterCounterName;

/** What is counted of the meter of this host, by its thread and by itself. */
export function pipedCounters(): CounterSheet<PipedCounter> {
  return new CounterSheet<PipedCounter>([
    { key: 'up', name: 'weir_host_up', help: '1 while this host is metered', kind: 'gauge' },
    ...METER_LEVELS.map((level) => ({
      key: `level_${level}` as const,
      name: 'weir_host_level',
      help: '1 for the level at which this host is metered',
      kind: 'gauge' as const,
      labels: { level },
    })),
    { key: 'messages', name: 'weir_host_messages_total', help: 'Messages that the meter of this host wrote' },
    { key: 'octets', name: 'weir_host_octets_total', help: 'Octets of these messages' },
    {
      key: 'forwarded',
      name: 'weir_host_forwarded_messages_total',
      help: 'Of these, sent on to a collector',
    },
    {
      key: 'unsent',
      name: 'weir_host_unsent_messages_total',
      help: 'Of these, not sent on: there was no way to the collector',
    },
    {
      key: 'refused',
      name: 'weir_host_forwarding_refused_total',
      help: 'How often the host of the collector has answered that nobody listens there',
    },
    ...(Object.keys(METER_ENDS) as MeterEnd[]).map((cause) => ({
      key: cause,
      name: 'weir_host_restarts_total',
      help: 'Ends of the meter of this host that nobody asked for, by cause',
      labels: { cause },
    })),
    ...(Object.keys(METER_COUNTERS) as MeterCounterName[]).map((key) => {
      const { kind, help } = METER_COUNTERS[key];
      return { key, name: `weir_host_${key}${kind === 'counter' ? '_total' : ''}`, help, kind };
    }),
  ]);
}
