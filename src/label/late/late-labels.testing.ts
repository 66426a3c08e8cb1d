import { FlowBatch, rowShape, TextColumns } from '../../flow/index.ts';
import { NO_HOME } from '../home-networks.ts';
import { type Found, type Given, read, write } from '../labelled.testing.ts';
import { Labeller } from '../labeller.ts';
import { NO_NAMING } from '../naming-settings.ts';
import { type HotRows, LateLabels } from './late-labels.ts';

export const SERVICES = ['youtube', 'office365', 'windows-update'];
/** What the tests' flows have in common. */
const USUAL: Given = {
  exporter: '192.0.2.254',
  protocol: 6,
  tcp_flags: 0x1b,
  raw_packets: 12,
  raw_bytes: 5_000,
  sampling: 1,
  sampling_origin: 'default',
};
const SECOND = 1_000;
const T0 = Date.UTC(2026, 10, 22, 12);

/** A row of these columns; times in seconds after the beginning of the test. */
export function flow(from: string, to: string, startS: number, endS: number, more: Given = {}): Given {
  const [src, srcPort] = splitEnd(from);
  const [dst, dstPort] = splitEnd(to);
  const ends = { src_addr: src, src_port: srcPort, dst_addr: dst, dst_port: dstPort };
  const times = { start: T0 + startS * SECOND, end: T0 + endS * SECOND, time: T0 + endS * SECOND };
  return { ...USUAL, ...ends, ...times, ...more };
}

/** Both directions of a connection. */
export function connection(from: string, to: string, startS: number, endS: number, more: Given = {}): Given[] {
  return [flow(from, to, startS, endS, more), flow(to, from, startS, endS, more)];
}

/** The same, of which the end that began only receives. */
export function transfer(from: string, to: string, startS: number, endS: number, more: Given = {}): Given[] {
  return [flow(from, to, startS, endS, { tcp_flags: 0x13, ...more }), flow(to, from, startS, endS, more)];
}

function splitEnd(end: string): [string, number] {
  const at = end.lastIndexOf(' ');
  return [end.slice(0, at), Number(end.slice(at + 1))];
}

/** Columns that are there in each row whatever came. */
const LABELS = rowShape([
  'application',
  'application_evidence',
  'service',
  'service_evidence',
  'category',
  'client_side',
]);
const ROOM = [
  ...['start', 'end', 'time', 'src_addr', 'dst_addr', 'src_port', 'dst_port', 'protocol', 'tcp_flags', 'exporter'],
  ...['raw_bytes', 'raw_packets', 'sampling', 'sampling_origin', 'direction', 'src_site', 'dst_site', 'reach'],
  ...[
    'application',
    'application_evidence',
    'service',
    'service_evidence',
    'category',
    'client_side',
    'server_name',
    'duplicate',
  ],
];

/** A thread that writes rows into a batch, with dictionaries of its own. */
export class Producer implements HotRows {
  readonly batch: FlowBatch;
  private readonly texts = new TextColumns();
  private readonly labeller: Labeller;

  constructor(firstCode = 0, naming = NO_NAMING, capacity = 64) {
    this.batch = new FlowBatch(capacity, ROOM, undefined, true);
    this.labeller = new Labeller({ networks: NO_HOME, naming }, this.texts);
    // Codes differ from thread to thread.
    for (let i = 0; i < firstCode; i++) for (const c of ['application', 'service']) this.texts.of(c).code(`${c} ${i}`);
    for (const service of SERVICES) this.texts.of('service').code(service);
    this.batch.clear();
    this.texts.begin(this.batch);
    this.labeller.bind(this.batch);
  }

  rows(): number {
    return this.batch.rows;
  }

  add(given: Given): void {
    this.batch.open(LABELS, this.batch.rows);
    write(this.batch, this.texts, given);
    this.labeller.rows(this.batch.rows - 1, this.batch.rows);
  }

  row(row: number): Found {
    return read(this.batch, row);
  }
}

/** Names of rows that one thread wrote at once, as `application evidence` and, where there is one, ` service evidence`. */
export function lateNames(rows: readonly Given[], labels = new LateLabels(NO_NAMING, 1_024)): string[] {
  const producer = new Producer();
  for (const row of rows) producer.add(row);
  labels.turn([producer], 0);
  return rows.map((_, row) => nameOf(producer.row(row)));
}

export function nameOf({ application, application_evidence: evidence, service, service_evidence: how }: Found): string {
  const words = [application ?? '-', evidence ?? 'none', ...(service === undefined ? [] : [service, how])];
  return words.join(' ');
}
