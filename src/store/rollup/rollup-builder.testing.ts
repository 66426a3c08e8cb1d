import { FlowBatch, setWide, TextColumns } from '../../flow/index.ts';

/** A minute of some day in which rows begin. */
const MINUTE = Date.UTC(2026, 10, 21, 12, 57);

/** The same numbers in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Traffic {
  readonly seed: number;
  readonly rows: number;
  /** Values that a dimension has, about; low ones are frequent. */
  readonly domain: number;
  readonly minutes: number;
  readonly sampled: boolean;
  /** Whether directions, sites, categories and marks of continued flows and of duplicates are known. */
  readonly labelled: boolean;
}

const BASE = [
  'time',
  'src_addr',
  'dst_addr',
  'src_port',
  'dst_port',
  'protocol',
  'raw_bytes',
  'raw_packets',
  'exporter',
  'in_if',
  'out_if',
  'src_as',
  'dst_as',
  'application',
];
const LABELS = ['direction', 'src_site', 'dst_site', 'category', 'continued', 'duplicate', 'host', 'flow_direction'];
const SAMPLING = ['sampling', 'sampling_origin'];

/** A batch of such traffic: hosts of both families, now and then without an address. */
export function trafficBatch({ seed, rows, domain, minutes, sampled, labelled }: Traffic): FlowBatch {
  const random = seeded(seed);
  const whole = (below: number) => Math.floor(random() * below);
  const frequent = () => Math.floor(domain ** random()) - 1;
  const shape = [...BASE, ...(labelled ? LABELS : []), ...(sampled ? SAMPLING : [])];
  const batch = new FlowBatch(Math.max(1, rows), shape);
  const texts = new TextColumns();
  texts.begin(batch);
  const text = (column: string, row: number, value: string) => {
    batch.u32(column)[row] = texts.of(column).code(value);
  };
  const address = (stem: string, row: number) => {
    const host = frequent();
    const kind = whole(10);
    const [hi, lo] = [batch.u32(`${stem}_hi`), batch.u32(`${stem}_lo`)];
    if (kind === 0) return;
    if (kind < 3) hi[2 * row + 1] = 0x20010db8;
    if (kind < 3) hi[2 * row] = host >>> 4;
    lo[2 * row + 1] = kind < 3 ? 0 : 0xffff;
    lo[2 * row] = kind < 3 ? host & 15 : 0x0a000000 + host;
  };
  for (let row = 0; row < rows; row++) {
    setWide(batch.u32('time'), row, MINUTE + whole(minutes * 60_000));
    address('src', row);
    address('dst', row);
    address('exporter', row);
    batch.u16('src_port')[row] = whole(4) === 0 ? 0 : 1024 + whole(60_000);
    batch.u16('dst_port')[row] = whole(8) === 0 ? 0 : frequent();
    batch.u8('protocol')[row] = [6, 17, 1, 50][whole(4)]!;
    setWide(batch.u32('raw_bytes'), row, whole(20) === 0 ? whole(2 ** 28) : whole(100_000));
    setWide(batch.u32('raw_packets'), row, whole(100));
    batch.u32('in_if')[row] = whole(4);
    batch.u32('out_if')[row] = frequent();
    batch.u32('src_as')[row] = frequent();
    batch.u32('dst_as')[row] = frequent();
    text('application', row, whole(2) === 0 ? '' : `application ${frequent()}`);
    if (labelled) {
      batch.u8('direction')[row] = whole(5);
      batch.u8('continued')[row] = whole(3);
      batch.u8('duplicate')[row] = row % 4 === 3 ? 2 : row % 2;
      text('src_site', row, ['', 'Berlin', 'Lagos'][whole(3)]!);
      text('dst_site', row, ['', 'Lagos', 'Lima'][whole(3)]!);
      text('host', row, whole(3) === 0 ? '' : 'desk');
      batch.u8('flow_direction')[row] = whole(3);
      text('category', row, ['web', 'mail'][whole(2)]!);
    }
    if (sampled) {
      batch.u32('sampling')[row] = [0, 1, 1, 10, 4_096][whole(5)]!;
      batch.u8('sampling_origin')[row] = whole(8);
    }
  }
  batch.rows = rows;
  return batch;
}
