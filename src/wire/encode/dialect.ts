import { type ExportedFlow, numberOf } from './exported-flow.ts';
import { type Field, time } from './field-kinds.ts';
import type { HeaderClock } from './uptime-base.ts';

/** What a header is made of. */
interface HeaderFacts {
  readonly clock: HeaderClock;
  readonly domain: number;
  readonly sequence: number;
  /** Records of all kinds in the message, templates included. */
  readonly records: number;
}

/** In what NetFlow v9 and IPFIX differ. */
export interface Dialect {
  readonly name: 'netflow9' | 'ipfix';
  readonly headerBytes: number;
  readonly templateSet: number;
  readonly optionsSet: number;
  /** An options template: its id, then how many of its fields are the scope. */
  writeOptionsTemplate(view: DataView, id: number, fields: readonly Field[]): number;
  writeHeader(datagram: Uint8Array, facts: HeaderFacts): void;
  /** By how much a message moves the sequence number: v9 counts messages, IPFIX data records. */
  advance(dataRecords: number): number;
}

/** RFC 7011, section 3.2: an element of an enterprise has the first bit set, and the enterprise after its length. */
function writeFields(view: DataView, from: number, fields: readonly Field[]): number {
  let at = from;
  for (const { element, length, pen } of fields) {
    view.setUint16(at, pen === undefined ? element : element | 0x8000);
    view.setUint16(at + 2, length);
    at += 4;
    if (pen === undefined) continue;
    view.setUint32(at, pen);
    at += 4;
  }
  return at;
}

/** A template record, alike in both protocols; its length. */
export function writeTemplate(view: DataView, id: number, fields: readonly Field[]): number {
  view.setUint16(0, id);
  view.setUint16(2, fields.length);
  return writeFields(view, 4, fields);
}

/** RFC 3954. */
export const NETFLOW9: Dialect = {
  name: 'netflow9',
  headerBytes: 20,
  templateSet: 0,
  optionsSet: 1,
  writeOptionsTemplate: (view, id, fields) => {
    view.setUint16(0, id);
    // Lengths in octets of the scope's field, which is the first one, and of the others.
    view.setUint16(2, 4);
    view.setUint16(4, 4 * (fields.length - 1));
    return writeFields(view, 6, fields);
  },
  writeHeader: (datagram, { clock, domain, sequence, records }) => {
    const view = new DataView(datagram.buffer, datagram.byteOffset);
    // The header has whole seconds; the uptime is that of the same instant, so that the boot time stays exact.
    const seconds = Math.max(Math.floor(clock.exportMs / 1000), Math.ceil(clock.bootMs / 1000));
    view.setUint16(0, 9);
    view.setUint16(2, records);
    view.setUint32(4, seconds * 1000 - clock.bootMs);
    view.setUint32(8, seconds);
    view.setUint32(12, sequence);
    view.setUint32(16, domain);
  },
  advance: () => 1,
};

/** RFC 7011. */
export const IPFIX: Dialect = {
  name: 'ipfix',
  headerBytes: 16,
  templateSet: 2,
  optionsSet: 3,
  writeOptionsTemplate: (view, id, fields) => {
    view.setUint16(0, id);
    view.setUint16(2, fields.length);
    view.setUint16(4, 1);
    return writeFields(view, 6, fields);
  },
  writeHeader: (datagram, { clock, domain, sequence }) => {
    const view = new DataView(datagram.buffer, datagram.byteOffset);
    view.setUint16(0, 10);
    view.setUint16(2, datagram.length);
    view.setUint32(4, Math.floor(clock.exportMs / 1000));
    view.setUint32(8, sequence);
    view.setUint32(12, domain);
  },
  advance: (dataRecords) => dataRecords,
};

/** The times of a flow, in the form of the protocol. `bootMs` is asked when a record is written. */
export function timeFields(dialect: Dialect, bootMs: () => number, absolute: boolean): readonly Field[] {
  const since = (element: number, column: 'start' | 'end'): Field => ({
    element,
    length: 4,
    write: (view, at, flow) => view.setUint32(at, timeOf(flow, column) - bootMs()),
  });
  const exact = [time(152, 'start'), time(153, 'end')];
  if (dialect.name === 'ipfix') return exact;
  return [since(22, 'start'), since(21, 'end'), ...(absolute ? exact : [])];
}

function timeOf(flow: ExportedFlow, column: 'start' | 'end'): number {
  return numberOf(flow, column);
}

/** Bytes of the record, written at the start of `view`. */
export function writeRecord(view: DataView, fields: readonly Field[], flow: ExportedFlow): number {
  let at = 0;
  for (const field of fields) {
    field.write(view, at, flow);
    at += field.measure ? field.measure(view, at) : field.length;
  }
  return at;
}
