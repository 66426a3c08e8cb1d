import { type Dialect, writeRecord, writeTemplate } from './dialect.ts';
import type { ExportedFlow } from './exported-flow.ts';
import type { Field } from './field-kinds.ts';
import { Message } from './message.ts';
import type { Options } from './options.ts';
import { UptimeBase } from './uptime-base.ts';

/** No record is longer: the fixed fields and twelve texts. */
const SCRATCH_BYTES = 4_096;

/** The messages of one observation domain, with its sequence number. */
export class MessageStream {
  readonly domain: number;
  readonly clock = new UptimeBase();
  /** Messages that were sent. */
  messages = 0;
  private readonly dialect: Dialect;
  private readonly send: (datagram: Uint8Array) => void;
  private readonly message: Message;
  private readonly scratch = new Uint8Array(SCRATCH_BYTES);
  private readonly view = new DataView(this.scratch.buffer);
  private sequence = 0;
  /** Records in the message, and those of them that are data: of flows or of options (RFC 7011, section 3.1). */
  private records = 0;
  private dataRecords = 0;

  constructor(dialect: Dialect, domain: number, mtu: number, send: (datagram: Uint8Array) => void) {
    this.dialect = dialect;
    this.domain = domain;
    this.send = send;
    this.message = new Message(mtu, dialect.headerBytes);
  }

  putTemplate(id: number, fields: readonly Field[], nowMs: number): void {
    this.put(this.dialect.templateSet, writeTemplate(this.view, id, fields), nowMs);
  }

  /** An options template and its record. */
  putOptions({ id, fields, record }: Options, nowMs: number): void {
    const { dialect, view } = this;
    this.put(dialect.optionsSet, dialect.writeOptionsTemplate(view, id, fields), nowMs);
    this.put(id, writeRecord(view, fields, record), nowMs);
    this.dataRecords += 1;
  }

  /** Appends a record of a flow where it fits; false where it needs the next message. */
  putFlow(id: number, fields: readonly Field[], flow: ExportedFlow): boolean {
    const length = writeRecord(this.view, fields, flow);
    if (!this.message.fits(id, length)) return false;
    this.append(id, length);
    this.dataRecords += 1;
    return true;
  }

  flush(nowMs: number): void {
    if (this.message.isEmpty) return;
    const { dialect, domain, sequence, records } = this;
    const datagram = this.message.take();
    dialect.writeHeader(datagram, { clock: this.clock.take(nowMs), domain, sequence, records });
    this.sequence = (sequence + dialect.advance(this.dataRecords)) >>> 0;
    this.records = 0;
    this.dataRecords = 0;
    this.messages += 1;
    this.send(datagram);
  }

  /** Appends what is in the scratch bytes, in the next message where this one is full. */
  private put(setId: number, length: number, nowMs: number): void {
    if (!this.message.fits(setId, length)) this.flush(nowMs);
    this.append(setId, length);
  }

  private append(setId: number, length: number): void {
    this.message.append(setId, this.scratch.subarray(0, length));
    this.records += 1;
  }
}
