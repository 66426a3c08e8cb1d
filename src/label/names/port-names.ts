import { type Application, type Dictionary, enumCode } from '../../flow/index.ts';
import { ASKED, DESTINATION, otherSide, ownSide, PEER, PROCESS_ASKS, SOURCE, UNKNOWN } from './client-side.ts';
import type { NameArrays } from './name-columns.ts';
import { hasRecogniser } from './recognised-applications.ts';
import { PLACE_MASK, PORT_BITS, PORTS_AT, RANKS, rankIn, serverPorts } from './server-ports.ts';

const PORT = enumCode('application_evidence', 'port');
/** With no application: a meter saw the first payloads, and they are of none that it knows. */
const OK = enumCode('security', 'ok');
const TCP = 6;
const UDP = 17;
const SYN = 0x02;
const SYN_ACK = 0x12;
const FLAGS = 256;

/** By IP protocol: a port may be anybody's, but what has none is named by the header of the packet itself, and that is no guess. */
const EVIDENCE_OF = Uint8Array.from(PORT_BITS, (bits) =>
  bits === 0 ? enumCode('application_evidence', 'payload') : PORT,
);

/** By flags, those of TCP behind those of all other protocols: who began the connection, where a record says it. */
const SIDE_OF_FLAGS = Uint8Array.from({ length: 2 * FLAGS }, (_, i) =>
  i >= FLAGS && (i & SYN_ACK) === SYN ? SOURCE : UNKNOWN,
);
const FLAGS_AT = Int32Array.from({ length: 256 }, (_, protocol) => (protocol === TCP ? FLAGS : 0));
/** By the ranks of both ports: the one of the lower rank is the server's. */
const SIDE_OF_RANKS = Uint8Array.from({ length: RANKS * RANKS }, (_, i) => {
  const source = Math.floor(i / RANKS);
  const destination = i % RANKS;
  return source < destination ? DESTINATION : source > destination ? SOURCE : UNKNOWN;
});

/** Sides by flags and ports, and applications by the port of the server, or by the IP protocol where that has no ports. */
export class PortNames {
  private readonly table: Uint16Array;
  private readonly applications: readonly Application[];
  /** By place: codes of the names of applications and of their categories. */
  private readonly codes = new Uint32Array(PLACE_MASK + 1);
  private readonly categories = new Uint32Array(PLACE_MASK + 1);
  /** By place: 1 where its payload would have been recognised; of each transport. */
  private readonly isRecognised: { readonly tcp: Uint8Array; readonly udp: Uint8Array };

  constructor(applications: readonly Application[]) {
    this.table = serverPorts(applications);
    this.applications = applications;
    this.isRecognised = { tcp: recognisedOf(applications, 'tcp'), udp: recognisedOf(applications, 'udp') };
  }

  /** The dictionaries began anew. */
  learnCodes(dictionary: Dictionary, categoryOf: (code: number) => number): void {
    this.categories[0] = categoryOf(0);
    this.applications.forEach(({ name }, i) => {
      const code = dictionary.code(name);
      this.codes[i + 1] = code;
      this.categories[i + 1] = categoryOf(code);
    });
  }

  /** Code of the application that has a port of servers; that of none where no application has it. */
  at(protocol: number, port: number): number {
    const entry = this.table[PORTS_AT[protocol]! + (port & PORT_BITS[protocol]!)]!;
    return this.codes[entry & PLACE_MASK]!;
  }

  /** Of rows of which nothing else is known. Without branches on what changes with each row: a wrong guess of them costs more than all the rest. */
  name(arrays: NameArrays, from: number, to: number): void {
    const { srcPort, dstPort, protocol, flags, application, applicationEvidence, clientSide, category } = arrays;
    const { table, codes, categories } = this;
    for (let row = from; row < to; row++) {
      const transport = protocol[row]!;
      const at = PORTS_AT[transport]!;
      const bits = PORT_BITS[transport]!;
      const source = table[at + (srcPort[row]! & bits)]!;
      const destination = table[at + (dstPort[row]! & bits)]!;
      const ranked = SIDE_OF_RANKS[rankIn(source) * RANKS + rankIn(destination)]!;
      const began = SIDE_OF_FLAGS[FLAGS_AT[transport]! + (flags[row]! & (FLAGS - 1))]!;
      // SOURCE is 1 and DESTINATION 2: a bit each, of which all bits of a mask are made.
      const side = ranked ^ ((ranked ^ SOURCE) & -began);
      const same = ((source ^ destination) - 1) >> 31;
      const place = ((destination & -(side & 1)) | (source & (-(side >> 1) | same))) & PLACE_MASK;
      clientSide[row] = side;
      application[row] = codes[place]!;
      applicationEvidence[row] = EVIDENCE_OF[transport]! & (-place >> 31);
      category[row] = categories[place]!;
    }
  }

  /** Of rows whose writer may know their side or application already. Categories are the caller's. */
  add(arrays: NameArrays, from: number, to: number): void {
    const { srcPort, dstPort, protocol, flags, ownerSource, flowDirection } = arrays;
    const { application, applicationEvidence, clientSide, security } = arrays;
    const { tcp, udp } = this.isRecognised;
    for (let row = from; row < to; row++) {
      const transport = protocol[row]!;
      const at = PORTS_AT[transport]!;
      const bits = PORT_BITS[transport]!;
      const source = this.table[at + (srcPort[row]! & bits)]!;
      const destination = this.table[at + (dstPort[row]! & bits)]!;
      const told = clientSide[row]!;
      // A SYN begins; a datagram that came first may follow others which nobody saw.
      let side = transport === TCP || told === PEER ? told : UNKNOWN;
      if (side === UNKNOWN) side = SIDE_OF_FLAGS[FLAGS_AT[transport]! + (flags[row]! & (FLAGS - 1))]!;
      const asks = PROCESS_ASKS[ownerSource[row]!]!;
      if (side === UNKNOWN && asks !== 0) {
        const own = ownSide(flowDirection[row]!);
        side = asks === ASKED ? own : otherSide(own);
      }
      if (side === UNKNOWN) side = SIDE_OF_RANKS[rankIn(source) * RANKS + rankIn(destination)]!;
      if (side === UNKNOWN) side = told;
      clientSide[row] = side;
      if (application[row] !== 0) continue;
      const isOpen = side === UNKNOWN && source === destination;
      const entry = side === SOURCE ? destination : side === DESTINATION || isOpen ? source : 0;
      const place = entry & PLACE_MASK;
      if (place === 0) continue;
      if (security[row] === OK && (transport === UDP ? udp : tcp)[place] === 1) continue;
      application[row] = this.codes[place]!;
      applicationEvidence[row] = EVIDENCE_OF[transport]!;
    }
  }
}

function recognisedOf(applications: readonly Application[], transport: 'tcp' | 'udp'): Uint8Array {
  return Uint8Array.of(0, ...applications.map(({ name }) => (hasRecogniser(name, transport) ? 1 : 0)));
}
