import { applicationName, findApplication } from '../../flow/index.ts';
import { dissectLink } from '../dissect.ts';
import { openCapture } from '../open-capture.ts';
import { newPacketFields, type PacketFields } from '../packet-fields.ts';
import { text } from '../read.testing.ts';
import { type Finding, newFinding } from './finding.ts';
import type { Payload } from './payload.ts';
import { UNBOUNDED } from './payloads.testing.ts';
import { recognise } from './recognise.ts';

const MOST_KEPT = 8192;
const MOST_TURNS = 10;

/** What one direction has sent. */
interface Side {
  next: number;
  broken: boolean;
  kept: Buffer;
  turns: number;
  payloads: Buffer[];
}

/** What is known of a flow with both its directions. */
export interface RecognisedFlow {
  readonly protocol: number;
  readonly source: string;
  readonly destination: string;
  application: string;
  candidate: string;
  name: string;
  security: number;
  bytes: number;
  watch: boolean;
  more: boolean;
  readonly sides: readonly [Side, Side];
}

const newSide = (): Side => ({ next: -1, broken: false, kept: Buffer.alloc(0), turns: 0, payloads: [] });

/** Flows of a capture, and what recognisers say of them when they have payloads as a meter gives them: the simplest table that does it. */
export async function recognisedFlows(path: string): Promise<RecognisedFlow[]> {
  const flows = new Map<string, RecognisedFlow>();
  const fields = newPacketFields();
  const finding = newFinding();
  for await (const { view, count, at, captured, linkType, original } of openCapture(path)) {
    for (let i = 0; i < count; i++) {
      dissectLink(view, at[i]!, captured[i]!, linkType[i]!, fields, { tunnels: 'outer' });
      if (!fields.hasIp || !fields.hasPorts || (fields.protocol !== 6 && fields.protocol !== 17)) continue;
      const source = `${text(fields.srcAddr)}:${fields.srcPort}`;
      const destination = `${text(fields.dstAddr)}:${fields.dstPort}`;
      const back = flows.get(`${fields.protocol} ${destination} ${source}`);
      const flow = back ?? flowOf(flows, fields.protocol, source, destination);
      flow.bytes += original[i]!;
      if (fields.payloadLength > 0)
        takePayload(flow, back !== undefined && source !== destination ? 1 : 0, fields, finding);
      else if (fields.protocol === 6 && (fields.tcpFlags & 2) !== 0) {
        flow.sides[back ? 1 : 0].next = (fields.data.getUint32(fields.transportAt + 4) + 1) >>> 0;
      }
    }
  }
  return [...flows.values()];
}

function flowOf(flows: Map<string, RecognisedFlow>, protocol: number, source: string, destination: string) {
  const key = `${protocol} ${source} ${destination}`;
  let flow = flows.get(key);
  if (flow === undefined) {
    const sides = [newSide(), newSide()] as const;
    flow = {
      protocol,
      source,
      destination,
      application: '',
      candidate: '',
      name: '',
      security: 0,
      bytes: 0,
      watch: false,
      more: false,
      sides,
    };
    flows.set(key, flow);
  }
  return flow;
}

function takePayload(flow: RecognisedFlow, side: 0 | 1, fields: PacketFields, out: Finding): void {
  const own = flow.sides[side];
  const { data, payloadAt, payloadLength } = fields;
  const bytes = Buffer.from(Buffer.from(data.buffer, data.byteOffset + payloadAt, payloadLength));
  if (own.payloads.length < MOST_TURNS) own.payloads.push(bytes);
  if (flow.application !== '' && !flow.watch && !flow.more) return;
  if (own.turns >= MOST_TURNS) return;
  let given: Buffer = bytes;
  if (flow.protocol === 6 && (flow.application === '' || flow.more)) {
    if (!appended(own, bytes, data.getUint32(fields.transportAt + 4))) return;
    given = own.kept;
  } else if (flow.application === '' || flow.more) {
    own.kept = Buffer.concat([own.kept, bytes]);
    given = own.kept;
  }
  recognise(payloadFrom(given, flow, side, fields, own.turns), out);
  own.turns += 1;
  if (out.application !== 0) flow.application = applicationName(out.application);
  else if (out.candidate !== 0) flow.candidate = applicationName(out.candidate);
  if (out.nameLength > 0) flow.name ||= Buffer.from(out.name.subarray(0, out.nameLength)).toString('utf8');
  if (out.security !== 0) flow.security = out.security;
  flow.watch = out.watch;
  flow.more = out.more;
  if (flow.protocol === 17 && !out.more) own.kept = Buffer.alloc(0);
}

/** Puts what is next in order behind what is kept; false where nothing is new. */
function appended(side: Side, bytes: Buffer, sequence: number): boolean {
  if (side.next < 0) side.next = sequence;
  const skip = (side.next - sequence) | 0;
  if (skip < 0) side.broken = true;
  if (side.broken || skip >= bytes.length || side.kept.length >= MOST_KEPT) return false;
  side.kept = Buffer.concat([side.kept, bytes.subarray(skip)]);
  side.next = (side.next + bytes.length - skip) >>> 0;
  return true;
}

function payloadFrom(bytes: Buffer, flow: RecognisedFlow, side: 0 | 1, fields: PacketFields, turn: number): Payload {
  return {
    data: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
    at: 0,
    length: bytes.length,
    protocol: flow.protocol,
    srcPort: fields.srcPort,
    dstPort: fields.dstPort,
    srcAddr: fields.srcAddr,
    dstAddr: fields.dstAddr,
    side,
    turn,
    application: numberOf(flow.application),
    candidate: numberOf(flow.candidate),
    openings: UNBOUNDED,
  };
}

const numberOf = (name: string) => findApplication(name)?.number ?? 0;
