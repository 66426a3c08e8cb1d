import { WEIR_ELEMENT, WEIR_PEN } from '../elements/registry.ts';
import type { Dialect } from './dialect.ts';
import type { ExportCounts } from './export-counts.ts';
import type { ExportedFlow } from './exported-flow.ts';
import { type Field, MAX_TEXT, VARIABLE } from './field-kinds.ts';

/** An options template and the record that goes with it. */
export interface Options {
  readonly id: number;
  readonly fields: readonly Field[];
  readonly record: ExportedFlow;
}

const SYSTEM = 1;
const OBSERVATION_DOMAIN = 149;
const EXPORTING_PROCESS = 144;
const INGRESS_INTERFACE = 10;
const INTERFACE_NAME = 82;
const IGNORED_PACKETS = 164;
const FLOW_START_SECONDS = 150;
/** Beyond those of flows. */
const INTERFACE_TEMPLATE = 400;
const OPEN_TEMPLATE = 401;
const REMOVED_TEMPLATE = 402;
const LEVEL_TEMPLATES = { sock_diag: 403, proc: 404 } as const;

/** A number that a record of options has under its own element's name. */
function value(element: number, length: 1 | 4 | 8): Field {
  return {
    element,
    length,
    write: (view, at, record) => {
      const n = Number(record[`ie${element}`] ?? 0);
      if (length === 1) view.setUint8(at, n);
      else if (length === 4) view.setUint32(at, n);
      else {
        view.setUint32(at, Math.floor(n / 4_294_967_296));
        view.setUint32(at + 4, n >>> 0);
      }
    },
  };
}

/**
 * The sampling of a whole stream in both forms: interval and algorithm (34, 35), which old collectors read, and packet interval and space
 * (305, 306; RFC 5477), which nfcapd reads. 35: 1 is by count, 2 random; which it was is not kept, and count claims less. A rate of 0 is one that
 * is not known: an algorithm without an interval says that much, and no more.
 */
export function samplingOptions({ name }: Dialect, domain: number, rate: number): Options {
  const scope = name === 'ipfix' ? OBSERVATION_DOMAIN : SYSTEM;
  const interval = rate > 0 ? [value(305, 4), value(306, 4)] : [];
  return {
    id: 256,
    fields: [value(scope, 4), value(34, 4), value(35, 1), ...interval],
    record: {
      [`ie${scope}`]: name === 'ipfix' ? domain : 0,
      ie34: rate,
      ie35: 1,
      ie305: 1,
      ie306: Math.max(0, rate - 1),
    },
  };
}

/** What was sent to this collector since the export began, and what was not (40 to 42, and 166 notSentFlowTotalCount). */
export function statisticsOptions({ name }: Dialect, { bytes, datagrams, records, leftOut }: ExportCounts): Options {
  const scope = name === 'ipfix' ? EXPORTING_PROCESS : SYSTEM;
  const notSent = Object.values(leftOut).reduce((sum, n) => sum + n, 0);
  return {
    id: 257,
    fields: [value(scope, 4), value(40, 8), value(41, 8), value(42, 8), value(166, 8)],
    record: { [`ie${scope}`]: 0, ie40: bytes, ie41: datagrams, ie42: records, ie166: notSent },
  };
}

/** RFC 7011, section 4.2: packets that were there and that the metering process did not look at (164, ignoredPacketTotalCount), since it began. */
export function reliabilityOptions({ name }: Dialect, domain: number, ignored: number): Options {
  const scope = name === 'ipfix' ? OBSERVATION_DOMAIN : SYSTEM;
  return {
    id: 258,
    fields: [value(scope, 4), value(164, 8)],
    record: { [`ie${scope}`]: name === 'ipfix' ? domain : 0, ie164: ignored },
  };
}

const UNSURE: Field = { ...value(WEIR_ELEMENT.unsureCopies, 8), pen: WEIR_PEN };

/** What a meter says of an interface that it captures. */
interface MeteredInterface {
  readonly index: number;
  readonly name: string;
  /** Packets that were not metered, because they came faster than they were taken; since the meter began. */
  readonly droppedPackets: number;
  /** Packets that were metered though they may be copies which a mirror made; since the meter began. */
  readonly unsureCopies: number;
}

/** The name of an interface (82), what was lost there (164) and what may be there twice. IPFIX alone has texts of any length, and elements of enterprises. */
export function interfaceOptions({ index, name, droppedPackets, unsureCopies }: MeteredInterface): Options {
  return {
    id: INTERFACE_TEMPLATE,
    fields: [value(INGRESS_INTERFACE, 4), value(IGNORED_PACKETS, 8), UNSURE, text(INTERFACE_NAME, name)],
    record: {
      [`ie${INGRESS_INTERFACE}`]: index,
      [`ie${IGNORED_PACKETS}`]: droppedPackets,
      [`ie${WEIR_ELEMENT.unsureCopies}`]: unsureCopies,
    },
  };
}

/** What a meter says of flows that it has not told of yet: a crash would lose them. */
interface OpenFlows {
  readonly domain: number;
  /** Start of a minute, ms since 1970. */
  readonly minute: number;
  /** Packets of that minute in flows that are open. */
  readonly packets: number;
}

/** Packets of one minute (150, flowStartSeconds) that are in open flows; IANA has no element for that. */
export function openOptions({ domain, minute, packets }: OpenFlows): Options {
  const { openPackets } = WEIR_ELEMENT;
  return {
    id: OPEN_TEMPLATE,
    fields: [value(OBSERVATION_DOMAIN, 4), value(FLOW_START_SECONDS, 4), { ...value(openPackets, 8), pen: WEIR_PEN }],
    record: {
      [`ie${OBSERVATION_DOMAIN}`]: domain,
      [`ie${FLOW_START_SECONDS}`]: minute / 1_000,
      [`ie${openPackets}`]: packets,
    },
  };
}

/** What the privacy policy of a host removed, since its meter began. */
interface RemovedTraffic {
  readonly records: number;
  readonly bytes: number;
  readonly packets: number;
}

/** IANA has elements for what was not sent, but not for what nobody wanted to be recorded. */
export function removedOptions(domain: number, { records, bytes, packets }: RemovedTraffic): Options {
  const { removedRecords, removedOctets, removedPackets } = WEIR_ELEMENT;
  const own = (element: number): Field => ({ ...value(element, 8), pen: WEIR_PEN });
  return {
    id: REMOVED_TEMPLATE,
    fields: [value(OBSERVATION_DOMAIN, 4), own(removedRecords), own(removedOctets), own(removedPackets)],
    record: {
      [`ie${OBSERVATION_DOMAIN}`]: domain,
      [`ie${removedRecords}`]: records,
      [`ie${removedOctets}`]: bytes,
      [`ie${removedPackets}`]: packets,
    },
  };
}

/** For how long a meter of an end system has seen less than packets, ms since it began: payload of TCP alone (`sock_diag`), or no bytes of flows (`proc`). */
export function levelOptions(domain: number, level: keyof typeof LEVEL_TEMPLATES, ms: number): Options {
  const element = level === 'proc' ? WEIR_ELEMENT.uncountedTime : WEIR_ELEMENT.payloadOnlyTime;
  return {
    id: LEVEL_TEMPLATES[level],
    fields: [value(OBSERVATION_DOMAIN, 4), { ...value(element, 8), pen: WEIR_PEN }],
    record: { [`ie${OBSERVATION_DOMAIN}`]: domain, [`ie${element}`]: ms },
  };
}

/** RFC 7011, section 7: its length, then the text. */
function text(element: number, said: string): Field {
  const bytes = new TextEncoder().encode(said).subarray(0, MAX_TEXT);
  return {
    element,
    length: VARIABLE,
    write: (view, at) => {
      view.setUint8(at, bytes.length);
      bytes.forEach((byte, i) => {
        view.setUint8(at + 1 + i, byte);
      });
    },
    measure: () => 1 + bytes.length,
  };
}
