import { addressWords, columnOf, type FlowBatch } from '../flow/index.ts';

/** The columns of src/flow/virtual.ts for one row of a batch. A test holds them equal to their SQL. */

const DIRECTIONS = columnOf('direction').values ?? [];
const SIDES = columnOf('flow_direction').values ?? [];
const [INGRESS, EGRESS] = ['ingress', 'egress'].map((name) => SIDES.indexOf(name));
const [IN, OUT, INSIDE] = ['in', 'out', 'inside'].map((name) => DIRECTIONS.indexOf(name));

/** Reads a virtual number; undefined when `name` is none. */
export function virtualNumber(batch: FlowBatch, name: string): ((row: number) => number) | undefined {
  return name === 'service_port' ? servicePort(batch) : undefined;
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

/** Reads a network: that of the end at home, or of the peer of an end system; undefined when `name` is another column. */
export function virtualAddress(batch: FlowBatch, name: string): WordsReader | undefined {
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
  const { hi, lo } = addressWords(column);
  if (!batch.array(hi) || !batch.array(lo)) return (_, out) => out.fill(0);
  const h = batch.u32(hi);
  const l = batch.u32(lo);
  return (row, out) => {
    const [a, b, c, d] = [h[2 * row + 1]!, h[2 * row]!, l[2 * row + 1]!, l[2 * row]!];
    const high = (a | b) !== 0;
    const ipv4 = !high && c === 0xffff;
    const known = high || (c | d) !== 0;
    out[0] = a;
    out[1] = b;
    out[2] = ipv4 ? c : 0;
    out[3] = ipv4 ? d & 0xffff_ff00 : Number(known);
  };
}
