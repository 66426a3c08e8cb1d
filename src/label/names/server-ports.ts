import type { Application } from '../../flow/index.ts';

/** Below: the place of the application in its list, from 1; above: how sure it is that a port with this entry is the server's, 0 most. */
const RANK_SHIFT = 13;
export const PLACE_MASK = (1 << RANK_SHIFT) - 1;

/** Ports below are given to servers that root starts (RFC 6335 section 6). */
const SYSTEM_PORTS = 1_024;
/** From here on systems choose the ports of clients: Linux 32768, others 49152 (RFC 6335 section 6). */
const CHOSEN_PORTS = 32_768;

/**
 * Of two ports the one of the lower rank is the server's. A system port that no application has loses against one that is registered: clients of
 * NFS and of the r-commands take theirs there.
 */
const RANK = { system: 0, registered: 1, systemUnnamed: 2, chosen: 3, unnamed: 4 } as const;
export const RANKS = 5;

const PORTS = 65_536;
const PROTOCOLS = 256;
const TCP = 6;
const UDP = 17;
/** Where the entries of UDP, and of all other protocols, begin. */
const UDP_AT = PORTS;
const OTHERS_AT = 2 * PORTS;

/**
 * Where the entry of a port is, by IP protocol: at `portsAt + (port & portBits)`. Protocols without ports have one entry each, so that no row needs a branch
 * on what it is.
 */
export const PORTS_AT = Int32Array.from({ length: PROTOCOLS }, (_, protocol) =>
  protocol === TCP ? 0 : protocol === UDP ? UDP_AT : OTHERS_AT + protocol,
);
export const PORT_BITS = Int32Array.from({ length: PROTOCOLS }, (_, protocol) =>
  protocol === TCP || protocol === UDP ? PORTS - 1 : 0,
);

/**
 * What ports of TCP and of UDP, and what protocols say: `rank << 13 | place`, of these applications, of which the later take what the earlier have: those of the
 * user come last.
 */
export function serverPorts(applications: readonly Application[]): Uint16Array {
  const table = new Uint16Array(OTHERS_AT + PROTOCOLS).fill(RANK.unnamed << RANK_SHIFT);
  fillPorts(table.subarray(0, UDP_AT), applications, 'tcp');
  fillPorts(table.subarray(UDP_AT, OTHERS_AT), applications, 'udp');
  applications.forEach((application, i) => {
    for (const protocol of application.ip ?? []) table[OTHERS_AT + protocol] = (RANK.unnamed << RANK_SHIFT) | (i + 1);
  });
  return table;
}

function fillPorts(table: Uint16Array, applications: readonly Application[], transport: 'tcp' | 'udp'): void {
  for (let port = 0; port < table.length; port++)
    table[port] = (port < SYSTEM_PORTS ? RANK.systemUnnamed : RANK.unnamed) << RANK_SHIFT;
  // Port 0 stands for none: of a fragment, or of a record without ports.
  table[0] = RANK.unnamed << RANK_SHIFT;
  applications.forEach((application, i) => {
    for (const port of application[transport] ?? []) table[port] = (rankOf(port) << RANK_SHIFT) | (i + 1);
  });
}

function rankOf(port: number): number {
  return port < SYSTEM_PORTS ? RANK.system : port < CHOSEN_PORTS ? RANK.registered : RANK.chosen;
}

/** The rank of an entry, to be compared with that of the other port. */
export function rankIn(entry: number): number {
  return entry >>> RANK_SHIFT;
}
