import { CounterSheet } from '../base/index.ts';
import { PACKET_PROBLEMS } from '../packet/index.ts';

/** What is counted of one interface. */
export type InterfaceCounter = 'up' | 'packets' | 'octets' | 'drops' | 'unsure';

export function interfaceCounters(name: string): CounterSheet<InterfaceCounter> {
  const labels = { interface: name };
  return new CounterSheet<InterfaceCounter>([
    { key: 'up', name: 'weir_capture_up', help: '1 while the interface is captured', kind: 'gauge', labels },
    { key: 'packets', name: 'weir_capture_packets_total', help: 'Packets captured', labels },
    { key: 'octets', name: 'weir_capture_octets_total', help: 'Octets of captured packets on the wire', labels },
    {
      key: 'drops',
      name: 'weir_capture_kernel_drops_total',
      help: 'Packets that the kernel dropped because the ring was full',
      labels,
    },
    {
      key: 'unsure',
      name: 'weir_capture_unsure_duplicate_packets_total',
      help: 'Packets that are counted though they may be copies which a mirror made: nothing tells them from packets that were sent twice',
      labels,
    },
  ]);
}

type PacketProblem = Exclude<(typeof PACKET_PROBLEMS)[number], 'none'>;

/** What is counted of the one meter of all interfaces; of packets that are in no flow by cause. */
export type MeterCounter =
  | 'open'
  | 'flows'
  | 'duplicates'
  | 'sampled_out'
  | 'emergency_expired'
  | `${(typeof RECOGNITION_CUTS)[number]}_cut`
  | EspCounter
  | PacketProblem;

/** What is kept of payload while flows get their names, and gives way where there is no room. */
const RECOGNITION_CUTS = [
  'conversations',
  'joins',
  'server_names',
  'given_names',
  'announcements',
  'initials',
] as const;

/** What came of packets of ESP, and why those are opaque for which there is a key. */
type EspCounter = `esp_${(typeof ESP_RESULTS)[number] | (typeof ESP_FAILURES)[number]}`;
const ESP_RESULTS = ['opaque', 'null', 'decrypted'] as const;
const ESP_FAILURES = ['integrity', 'implausible'] as const;

/** Why packets are in no flow; their positions are the codes of PACKET_PROBLEM, from 1 on. */
export const UNMETERED = PACKET_PROBLEMS.filter((problem) => problem !== 'none');

const METER: ConstructorParameters<typeof CounterSheet<MeterCounter>>[0] = [
  { key: 'open', name: 'weir_meter_flows_open', help: 'Flows that are open now', kind: 'gauge' },
  {
    key: 'flows',
    name: 'weir_meter_flows_total',
    help: 'Flows that were recorded; one that timeouts cut into several records counts once',
  },
  {
    key: 'duplicates',
    name: 'weir_meter_duplicate_packets_total',
    help: 'Packets that were seen before at another place of the same mirror, and left out',
  },
  { key: 'sampled_out', name: 'weir_meter_sampled_out_packets_total', help: 'Packets left out by capture_sampling' },
  {
    key: 'emergency_expired',
    name: 'weir_meter_emergency_expired_total',
    help: 'Flows that were ended early because there was no room for another one',
  },
  ...RECOGNITION_CUTS.map((what) => ({
    key: `${what}_cut` as const,
    name: 'weir_meter_recognition_cut_total',
    help: 'What gave way for want of room before it gave flows their names',
    labels: { what },
  })),
  ...ESP_RESULTS.map((result) => ({
    key: `esp_${result}` as const,
    name: 'weir_capture_esp_packets_total',
    help: 'Captured packets of IPsec ESP, by what came of them',
    labels: { result },
  })),
  ...ESP_FAILURES.map((cause) => ({
    key: `esp_${cause}` as const,
    name: 'weir_capture_esp_key_failures_total',
    help: 'Captured packets of IPsec ESP that the key for them did not open, by cause',
    labels: { cause },
  })),
  ...UNMETERED.map((cause) => ({
    key: cause,
    name: 'weir_capture_not_understood_total',
    help: 'Captured packets that are in no flow, by cause',
    labels: { cause },
  })),
];

export function meterCounters(): CounterSheet<MeterCounter> {
  return new CounterSheet<MeterCounter>(METER);
}
