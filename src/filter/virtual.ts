import { addressWords, columnOf, enumCode, type FlowBatch } from '../flow/index.ts';

/** The columns of src/flow/virtual.ts for one row of a batch. A test holds them equal to their SQL. */

const [INGRESS, EGRESS] = ['ingress', 'egress'].map((name) => enumCode('flow_direction', name));
const [IN, OUT, INSIDE] = ['in', 'out', 'inside'].map((name) => enumCode('direction', name));

/** Reads a virtual number; undefined when `name` is none. */
export function virtualNumber(batch: FlowBatch, name: string): ((row: number) => number) | undefined {
  if (name === 'client_port') return portOfRole(batch, CLIENT);
  if (name === 'server_port') return portOfRole(batch, SERVER);
  return name === 'service_port' ? servicePort(batch) : undefined;
}

/** By `client_side`, at which end of a flow somebody is: 1 the source, 2 the destination, 0 nobody knows. */
type Role = Uint8Array;
const endBy = (source: string, destination: string): Role =>
  Uint8Array.from(columnOf('client_side').values ?? [], (side) =>
    side === source ? SOURCE : side === destination ? DESTINATION : 0,
  );
const SOURCE = 1;
const DESTINATION = 2;
const CLIENT = endBy('source', 'destination');
const SERVER = endBy('destination', 'source');

function portOfRole(batch: FlowBatch, role: Role): (row: number) => number {
  const side = batch.array('client_side');
  if (!side) return () => 0;
  const src = batch.array('src_port');
  const dst = batch.array('dst_port');
  return (row) => {
    const end = role[side[row]!];
    return (end === SOURCE ? src?.[row] : end === DESTINATION ? dst?.[row] : 0) ?? 0;
  };
}

function addressOfRole(batch: FlowBatch, role: Role): WordsReader {
  const side = batch.array('client_side');
  if (!side) return (_, out) => out.fill(0);
  const source = addressOf(batch, 'src_addr');
  const destination = addressOf(batch, 'dst_addr');
  return (row, out) => {
    const end = role[side[row]!];
    if (end === SOURCE) source(row, out);
    else if (end === DESTINATION) destination(row, out);
    else out.fill(0);
  };
}

function addressOf(batch: FlowBatch, column: string): WordsReader {
  const { hi, lo } = addressWords(column);
  if (!batch.array(hi) || !batch.array(lo)) return (_, out) => out.fill(0);
  const h = batch.u32(hi);
  const l = batch.u32(lo);
  return (row, out) => {
    out[0] = h[2 * row + 1]!;
    out[1] = h[2 * row]!;
    out[2] = l[2 * row + 1]!;
    out[3] = l[2 * row]!;
  };
}

function servicePort(batch: FlowBatch): (row: number) => number {
  const src = batch.array('src_port');
  const dst = batch.array('dst_port');
  if (!src || !dst) return (row) => src?.[row] ?? dst?.[row] ?? 0;
  return (row) => {
    const a = src[row]!;
    const b = dst[row]!;
    return a === 0 ? b : b === 0 ? a : Math.min(a, b);
  };
}

/** The text columns of which each row takes one for its `site`, and which one that is. */
export const SITE = { name: 'site', columns: [columnOf('src_site'), columnOf('dst_site')] } as const;

/** 0: the row's site is that of its source; 1: that of its destination. */
export function siteSide(batch: FlowBatch): (row: number) => 0 | 1 {
  const direction = batch.array('direction');
  return direction ? (row) => (direction[row] === IN ? 1 : 0) : () => 0;
}

/** The four words of an address, most significant first. */
export type WordsReader = (row: number, out: Uint32Array) => void;

/** Reads an address of a client or a server, or a network: that of the end at home, or of the peer of an end system; undefined when `name` is another column. */
export function virtualAddress(batch: FlowBatch, name: string): WordsReader | undefined {
  if (name === 'client_addr') return addressOfRole(batch, CLIENT);
  if (name === 'server_addr') return addressOfRole(batch, SERVER);
  if (name === 'remote_net') return remoteNet(batch);
  if (name !== 'subnet') return undefined;
  const direction = batch.array('direction');
  if (!direction) return (_, out) => out.fill(0);
  const source = netOf(batch, 'src_addr');
  const destination = netOf(batch, 'dst_addr');
  return (row, out) => {
    const side = direction[row];
    if (side === IN) destination(row, out);
    else if (side === OUT || side === INSIDE) source(row, out);
    else out.fill(0);
  };
}

function remoteNet(batch: FlowBatch): WordsReader {
  const host = batch.array('host');
  const side = batch.array('flow_direction');
  if (!host || !side) return (_, out) => out.fill(0);
  const source = netOf(batch, 'src_addr');
  const destination = netOf(batch, 'dst_addr');
  return (row, out) => {
    const way = host[row] === 0 ? 0 : side[row];
    if (way === EGRESS) destination(row, out);
    else if (way === INGRESS) source(row, out);
    else out.fill(0);
  };
}

/** The /24 or /64 of an address, marked as known by its lowest bit where it is IPv6. */
function netOf(batch: FlowBatch, column: string): WordsReader {
  const whole = addressOf(batch, column);
  return (row, out) => {
    whole(row, out);
    const [a, b, c, d] = out as unknown as [number, number, number, number];
    const high = (a | b) !== 0;
    const ipv4 = !high && c === 0xffff;
    const known = high || (c | d) !== 0;
    out[2] = ipv4 ? c : 0;
    out[3] = ipv4 ? d & 0xffff_ff00 : Number(known);
  };
}
