import type { HomeNetworks } from '../label/index.ts';
import type { ActiveFlows, ActiveQuery } from './capture-messages.ts';
import type { LiveReply, LiveRequest } from './live-messages.ts';

/** How good a meter of this host's own traffic is: what the kernel lets it see. `none`: it sees nothing here. */
export const METER_LEVELS = ['ebpf', 'sock_diag', 'proc', 'none'] as const;
export type MeterLevel = (typeof METER_LEVELS)[number];

/** A collector of IPFIX over UDP. */
export interface ForwardTarget {
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** What a meter in a process of its own is to do. Plain data: it goes to the process as JSON. */
export interface HostMeterOptions {
  /** What records call this host; empty: its host name. */
  readonly name: string;
  /** A flow that lasts is recorded so often. */
  readonly exportPeriodMs: number;
  /** File with the privacy policy; null for none. */
  readonly policyFile: string | null;
  /** Where keys of the policy are kept. */
  readonly stateDirectory: string;
  /** Names of servers from answers of DNS and the first bytes of connections. */
  readonly serverNames: boolean;
  /** Weir's own traffic is metered as well. */
  readonly ownTraffic: boolean;
  /** Processes whose traffic is Weir's own, beside the meter itself. */
  readonly ownPids: readonly number[];
  /** Percent of one core that the meter may take before it looks less often, and then samples. */
  readonly cpuPercent: number;
  /** Flow records within one export period at most: of more a sample is kept. */
  readonly maxFlows: number;
  /** Interfaces of guests are metered; of those in the list the name of the guest is known. Null: none are. */
  readonly guests: readonly { readonly interface: string; readonly name: string }[] | null;
  /** Access log of a proxy on this host, whose requests become records; null for none. */
  readonly proxyLog: string | null;
  /** The thread that takes the messages sends them on as datagrams: they must be short, and say their templates again. */
  readonly forwarded: boolean;
  /** What is inside, for filters over open flows. */
  readonly networks: HomeNetworks;
}

/** The meter of this host: its program, and what it is to do. */
export interface HostMeterProgram {
  /** Path of the module that a process of its own runs. */
  readonly program: string;
  readonly options: HostMeterOptions;
  /** Who gets the records as well; null for nobody. */
  readonly forward: ForwardTarget | null;
}

/** What the meter is told. Its process ends in order after `stop`, and when its channel closes. */
export type MeterOrder =
  | { readonly type: 'configure'; readonly options: HostMeterOptions }
  | { readonly type: 'active'; readonly id: number; readonly query: ActiveQuery }
  | LiveRequest
  | { readonly type: 'stop' };

/** Open flows as a meter that captures no packets has them. */
export type OpenFlows = Omit<ActiveFlows, 'captures'>;

/** What is counted by a meter since its process began, by name; gauges are those of now. */
export const METER_COUNTERS = {
  open: { kind: 'gauge', help: 'Flows of this host that are open now' },
  sockets: { kind: 'gauge', help: 'Sockets that are known now' },
  records: { kind: 'counter', help: 'Flow records made' },
  bytes: { kind: 'counter', help: 'Bytes of this host that were seen' },
  packets: { kind: 'counter', help: 'Packets of this host that were seen' },
  unmetered_packets: {
    kind: 'counter',
    help: 'Packets of this host and its guests that are in no flow: there was no room',
  },
  guests: { kind: 'gauge', help: 'Interfaces of guests that are metered now' },
  guest_packets: { kind: 'counter', help: 'Packets seen at interfaces of guests' },
  guest_bytes: { kind: 'counter', help: 'Bytes seen at interfaces of guests' },
  names_lost: {
    kind: 'counter',
    help: 'Packets that may have had the name of a server, and were not looked at: too many came within a second, or they took too much of a processor',
  },
  own_packets: { kind: 'counter', help: 'Packets of Weir itself, left out' },
  forwarded_packets: {
    kind: 'counter',
    help: 'Packets that this host passed on as a router: in no flow of its own sockets; those of guests have flows of their guests',
  },
  policy_records: { kind: 'counter', help: 'Records that the privacy policy removed' },
  policy_bytes: { kind: 'counter', help: 'Bytes of records that the privacy policy removed' },
  sampled_out: { kind: 'counter', help: 'Records left out by sampling; those kept stand for them' },
  proxy_requests: { kind: 'counter', help: 'Requests in the access log of the proxy of this host that became records' },
  proxy_other_lines: { kind: 'counter', help: 'Lines of that log that are no request to a server, or cannot be read' },
  sampling: { kind: 'gauge', help: '1 while flows are sampled because there are too many' },
  cpu_seconds: { kind: 'counter', help: 'Processor time of the meter' },
  memory_bytes: { kind: 'gauge', help: 'Memory of the meter' },
} as const;
export type MeterCounterName = keyof typeof METER_COUNTERS;

/** What one rule of the privacy policy did since the meter began. Bytes and packets are those that the removed records stood for. */
export interface PolicyRuleCounts {
  readonly rule: string;
  /** Records that it was applied to. */
  readonly matched: number;
  /** Of these, records that were removed. */
  readonly records: number;
  readonly bytes: number;
  readonly packets: number;
}

/** An interface of a guest, and how it was found what the guest is called. */
export interface GuestStatus {
  readonly interface: string;
  readonly name: string;
  readonly named_by: 'configuration' | 'machined' | 'process' | 'interface' | 'policy';
  readonly metered: boolean;
  /** Why not; empty where it is. */
  readonly problem: string;
}

/** What the meter tells. The first `status` comes once it meters, or knows that it cannot; then about once a second. */
export type MeterReport =
  | {
      readonly type: 'status';
      readonly level: MeterLevel;
      /** Why no better level, which parts are missing, and what is done because there is too much: in words for people. */
      readonly notes: readonly string[];
      readonly counters: Readonly<Partial<Record<MeterCounterName, number>>>;
      /** Absent where guests are not metered. */
      readonly guests?: readonly GuestStatus[];
      /** Absent where none is read. */
      readonly proxy_log?: ProxyLogStatus;
      /** By rule of the privacy policy, in its order; absent without one. */
      readonly policy?: readonly PolicyRuleCounts[];
    }
  /** Null: it could not be said. */
  | { readonly type: 'active'; readonly id: number; readonly answer: OpenFlows | null }
  | LiveReply
  /** It cannot do what it is told, a policy that is wrong for one, and must not be started again as it is. */
  | { readonly type: 'failed'; readonly code: string; readonly message: string };

/** What became of the meter's messages on their way to a collector. */
export interface HostForwarding {
  /** `HOST:PORT`. */
  readonly to: string;
  readonly forwarded: number;
  /** That no collector got: there was no way to it, or the kernel did not take them. */
  readonly unsent: number;
  /** How often the other side has answered that nobody listens there. */
  readonly refused: number;
  /** Why there is no way to it now; empty where there is. */
  readonly trouble: string;
}

/** The access log of a proxy that is read. */
export interface ProxyLogStatus {
  readonly file: string;
  /** Why it cannot be read now; empty where it can. */
  readonly problem: string;
}

/** The state of the meter as its thread knows it. */
export interface HostMeterStatus {
  readonly level: MeterLevel;
  readonly notes: readonly string[];
  /** Of the process that meters now; null while none does. */
  readonly pid: number | null;
  /** It cannot meter here, and is not tried again. */
  readonly givenUp: boolean;
  /** Processes that ended without being told to. */
  readonly restarts: number;
  /** Why the last one ended; empty where none did. */
  readonly trouble: string;
  readonly counters: Readonly<Partial<Record<MeterCounterName, number>>>;
  readonly policy?: readonly PolicyRuleCounts[];
  /** Null where nobody gets the records as well. */
  readonly forwarding: HostForwarding | null;
  readonly guests?: readonly GuestStatus[];
  readonly proxy_log?: ProxyLogStatus;
}
