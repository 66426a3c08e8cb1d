import { protocolName } from '../../flow/index.ts';
import { PLACE_MASK, PORT_BITS, PORTS_AT, rankIn, serverPorts } from '../names/server-ports.ts';
import { type NamedRecord, numberOf, textOf } from './explanation.ts';
import type { KnownNames } from './known-names.ts';

interface PortSides {
  /** The side that asks, as ports alone tell it; null where both are as good. */
  readonly client: 'source' | 'destination' | null;
  /** The port of the server, by the side that the record has, else by the ports. */
  readonly port: number;
  /** What that port, or the IP protocol, stands for; '' for nothing. */
  readonly application: string;
}

/** What the ports of a record say, by the same table and rank as labels are made with. */
export function portSides(record: NamedRecord, { applications }: KnownNames): PortSides {
  const table = serverPorts(applications);
  const protocol = numberOf(record, 'protocol');
  const entry = (port: number) => table[PORTS_AT[protocol]! + (port & PORT_BITS[protocol]!)]!;
  const [source, destination] = [numberOf(record, 'src_port'), numberOf(record, 'dst_port')];
  const [ofSource, ofDestination] = [rankIn(entry(source)), rankIn(entry(destination))];
  const side = textOf(record, 'client_side');
  const bySide = side === 'source' ? destination : side === 'destination' ? source : null;
  const port = bySide ?? (ofSource <= ofDestination ? source : destination);
  const place = entry(port) & PLACE_MASK;
  return {
    client: ofSource === ofDestination ? null : ofSource < ofDestination ? 'destination' : 'source',
    port,
    application: place === 0 ? '' : applications[place - 1]!.name,
  };
}

/** Named by the number of its IP protocol, which every packet says. */
export function isWithoutPorts(record: NamedRecord): boolean {
  return PORT_BITS[numberOf(record, 'protocol')] === 0;
}

/** `tcp port 443`. */
export function portInWords(record: NamedRecord, port: number): string {
  return `${protocolName(numberOf(record, 'protocol'))} port ${port}`;
}
