import { describe, expect, it } from 'vitest';
import { allColumnNames, columnOf, enumCode, FlowBatch, parseAddress, rowShape, setWide } from '../flow/index.ts';
import { SAMPLING_ORIGIN } from '../wire/index.ts';
import { Continuity } from './continuity.ts';
import { ContinuityTable } from './continuity-table.ts';

const T = Date.UTC(2026, 10, 22, 3);
const MINUTE = 60_000;
/** Long before any record of these tests. */
const LONG_SINCE = T - 3_600_000;
const CONTINUED = columnOf('continued').values!;
const ACK = 0x10;
const SYN = 0x02;
const FIN = 0x01;

interface Row {
  readonly start: number;
  readonly end: number;
  readonly src?: string;
  readonly port?: number;
  readonly protocol?: number;
  readonly flags?: number;
  readonly inIf?: number;
  readonly reason?: string;
  readonly event?: string;
  readonly nat?: number;
  readonly sampling?: number;
  readonly origin?: number;
  readonly format?: string;
  readonly exporter?: string;
  /** What a meter says of it itself. */
  readonly said?: string;
}

const SHAPE = rowShape([
  ...['start', 'end', 'time', 'received', 'src_addr', 'dst_addr', 'src_port', 'dst_port', 'protocol', 'tcp_flags'],
  ...['exporter', 'domain', 'in_if', 'sampling', 'sampling_origin', 'format', 'end_reason', 'fw_event', 'nat_event'],
]);

const SAYING = { physical: [...SHAPE.physical, 'continued'] };

/** Judges rows that come one by one, each a second after its end. */
class Judge {
  readonly continuity: Continuity;
  readonly batch = new FlowBatch(4_096, allColumnNames, undefined, true);

  constructor(table?: ContinuityTable) {
    this.continuity = new Continuity(table);
    this.continuity.bind(this.batch);
  }

  of(row: Row, since = LONG_SINCE): string {
    const { batch } = this;
    const r = batch.rows;
    batch.begin(row.said ? SAYING : SHAPE, r, 1);
    if (row.said) batch.u8('continued')[r] = enumCode('continued', row.said);
    const address = (name: string, text: string) => {
      const [w0, w1, w2, w3] = parseAddress(text)!;
      batch.u32(`${name}_hi`).set([w1, w0], 2 * r);
      batch.u32(`${name}_lo`).set([w3, w2], 2 * r);
    };
    setWide(batch.u32('start'), r, row.start);
    setWide(batch.u32('end'), r, row.end);
    setWide(batch.u32('time'), r, row.end);
    setWide(batch.u32('received'), r, row.end + 1_000);
    address('src', row.src ?? '192.0.2.1');
    address('dst', '198.51.100.1');
    address('exporter', row.exporter ?? '203.0.113.1');
    batch.u32('domain')[r] = 0;
    batch.u16('src_port')[r] = row.port ?? 40_000;
    batch.u16('dst_port')[r] = 443;
    batch.u8('protocol')[r] = row.protocol ?? 6;
    batch.u8('tcp_flags')[r] = row.flags ?? ACK;
    batch.u32('in_if')[r] = row.inIf ?? 1;
    batch.u32('sampling')[r] = row.sampling ?? 1;
    batch.u8('sampling_origin')[r] = row.origin ?? SAMPLING_ORIGIN.default;
    batch.u8('format')[r] = enumCode('format', row.format ?? 'netflow5');
    batch.u8('end_reason')[r] = enumCode('end_reason', row.reason ?? 'unknown');
    batch.u8('fw_event')[r] = enumCode('fw_event', row.event ?? 'none');
    batch.u8('nat_event')[r] = row.nat ?? 0;
    batch.rows += 1;
    this.continuity.rows(r, r + 1, since);
    return CONTINUED[batch.array('continued')?.[r] ?? 0]!;
  }

  all(rows: readonly Row[], since?: number): string[] {
    return rows.map((row) => this.of(row, since));
  }
}

/** A connection of some minutes in records of about one. */
function minutes(count: number, more: Partial<Row> = {}): Row[] {
  return Array.from({ length: count }, (_, i) => ({
    start: T + i * MINUTE,
    end: T + (i + 1) * MINUTE - 400,
    ...more,
    flags: (i === 0 ? SYN : 0) | ACK | (i === count - 1 ? FIN : 0),
  }));
}

const yes = (n: number) => new Array<string>(n).fill('yes');

describe('a record', () => {
  it('continues the one before where a connection of 20 minutes is cut every minute: one flow', () => {
    const judge = new Judge();
    expect(judge.all(minutes(20))).toEqual(['no', ...yes(19)]);
    // The same ports again, a second after the end.
    expect(judge.of({ start: T + 20 * MINUTE + 1_000, end: T + 21 * MINUTE, flags: SYN | ACK })).toBe('no');
  });

  it('continues one that the meter tells from its beginning each time, with all its flags', () => {
    const cumulative = minutes(5).map((r) => ({ ...r, start: T, flags: SYN | ACK }));
    expect(new Judge().all(cumulative)).toEqual(['no', ...yes(4)]);
  });

  it('continues over clocks that tell whole seconds, and one that is a second off', () => {
    const whole = minutes(3).map((r) => ({ ...r, start: Math.floor(r.start / 1000) * 1000, end: r.end + 400 }));
    expect(new Judge().all(whole)).toEqual(['no', ...yes(2)]);
    const off = minutes(4).map((r, i) => ({ ...r, start: r.start - (i % 2) * 1_000, end: r.end - (i % 2) * 1_000 }));
    expect(new Judge().all(off)).toEqual(['no', ...yes(3)]);
  });

  it.each<[string, Partial<Row>, Partial<Row>]>([
    ['after a connection was ended', { flags: ACK | FIN }, {}],
    ['after silence', {}, { start: T + MINUTE + 16_000 }],
    ['that begins a connection', {}, { flags: SYN }],
    ['after one that was too short to be cut', { start: T + MINUTE - 14_000 }, {}],
    ['of other ports', {}, { port: 40_001 }],
    ['of another interface', {}, { inIf: 2 }],
    ['of another exporter', {}, { exporter: '203.0.113.2' }],
    ['of another IPv6 host', { src: '2001:db8::1' }, { src: '2001:db8:0:1::1' }],
    ['that was there at the same time', {}, { start: T + 30_000 }],
  ])('does not continue: %s', (_, before, after) => {
    const judge = new Judge();
    judge.of({ start: T, end: T + MINUTE, ...before });
    expect(judge.of({ start: T + MINUTE + 100, end: T + 2 * MINUTE, ...after })).toBe('no');
  });

  it('of a short rest continues, and what comes after it does not', () => {
    const judge = new Judge();
    judge.of({ start: T, end: T + MINUTE, protocol: 17 });
    const rest = { start: T + MINUTE + 50, end: T + MINUTE + 90, protocol: 17 };
    expect(judge.of(rest)).toBe('yes');
    expect(judge.of({ ...rest, start: T + MINUTE + 200, end: T + MINUTE + 300 })).toBe('no');
  });
});

describe("the meter's own mark", () => {
  it.each([
    ['active', 'yes'],
    ['forced', 'yes'],
    ['resources', 'yes'],
    ['idle', 'no'],
    ['end', 'no'],
  ])('%s: the next record continues: %s', (reason, expected) => {
    const judge = new Judge();
    // Too short, or too long ago, to be judged by times alone.
    judge.of({ start: T, end: T + 5_000, reason });
    expect(judge.of({ start: T + 65_000, end: T + 70_000, reason: 'idle' })).toBe(expected);
    expect(judge.of({ start: T + 71_000, end: T + 72_000, reason: 'idle' })).toBe('no');
  });

  it('goes before what the times say', () => {
    const judge = new Judge();
    judge.of({ start: T, end: T + MINUTE, reason: 'idle' });
    expect(judge.of({ start: T + MINUTE + 100, end: T + 2 * MINUTE, reason: 'idle' })).toBe('no');
  });

  it('of a meter that says itself whether it goes on is what that says, beside others that do not', () => {
    const judge = new Judge();
    const long = { start: T, end: T + MINUTE };
    expect(judge.of({ ...long, said: 'yes' })).toBe('yes');
    expect(judge.of({ ...long, start: T + MINUTE, end: T + 2 * MINUTE, said: 'no' })).toBe('no');
    expect(judge.of({ ...long, port: 5, said: 'yes', sampling: 10, origin: SAMPLING_ORIGIN.options })).toBe('yes');
    expect(judge.all(minutes(2, { port: 6 }))).toEqual(['no', 'yes']);
  });

  it('of a firewall is in its events', () => {
    const judge = new Judge();
    const connection = { start: T, end: T };
    expect(judge.of({ ...connection, event: 'created' })).toBe('no');
    expect(judge.of({ ...connection, end: T + MINUTE, event: 'update' })).toBe('yes');
    expect(judge.of({ ...connection, end: T + 2 * MINUTE, event: 'deleted' })).toBe('yes');
    expect(judge.of({ ...connection, port: 7, end: T + MINUTE, event: 'deleted' })).toBe('unknown');
    expect(judge.of({ ...connection, port: 8, event: 'denied' })).toBe('no');
    expect(judge.of({ ...connection, port: 9, nat: 1 })).toBe('unknown');
  });
});

describe('what nobody can tell is unknown', () => {
  it.each<[string, Partial<Row>]>([
    ['sampled packets', { sampling: 1_000, origin: SAMPLING_ORIGIN.options }],
    ['packets sampled at an unknown rate', { origin: SAMPLING_ORIGIN.unknown }],
    ['single packets of sFlow', { format: 'sflow' }],
  ])('%s', (_, more) => {
    expect(new Judge().all(minutes(3, more))).toEqual(['unknown', 'unknown', 'unknown']);
  });

  it('where the record before may have come before we listened, but for what has its beginning', () => {
    const judge = new Judge();
    const since = T + 30_000;
    const udp = { protocol: 17 };
    expect(judge.of({ ...udp, start: T, end: T + MINUTE }, since)).toBe('unknown');
    expect(judge.of({ ...udp, start: T + MINUTE + 50, end: T + 2 * MINUTE }, since)).toBe('yes');
    expect(judge.of({ ...udp, port: 53, start: since + 15_000, end: since + 16_000 }, since)).toBe('unknown');
    expect(judge.of({ ...udp, port: 54, start: since + 16_001, end: since + 17_000 }, since)).toBe('no');
    expect(judge.of({ port: 55, start: since, end: since + 1, flags: SYN }, since)).toBe('no');
  });

  it('after records were put off or left out', () => {
    const judge = new Judge();
    const udp = (start: number) => ({ protocol: 17, port: start % 1_000, start, end: start + 1 });
    expect(judge.of(udp(T))).toBe('no');
    judge.continuity.interrupt(T + 1_000);
    expect(judge.of(udp(T + 2_000))).toBe('unknown');
    expect(judge.of(udp(T + 20_000))).toBe('no');
    expect(judge.of({ ...udp(T + 21_000), sampling: 4, origin: SAMPLING_ORIGIN.shed })).toBe('unknown');
    expect(judge.of(udp(T + 23_000))).toBe('unknown');
  });

  it('where the table had no room for the record before, which is counted', () => {
    const judge = new Judge(new ContinuityTable(1));
    const of = (port: number, minute: number) =>
      judge.of({ port, protocol: 17, start: T + minute * MINUTE, end: T + (minute + 1) * MINUTE - 100 });
    for (let port = 1; port <= 4; port++) of(port, 0);
    expect(judge.continuity.overflowed).toBe(0);
    of(5, 0);
    expect(judge.continuity.overflowed).toBe(1);
    const next = [1, 2, 3, 4, 5].map((port) =>
      judge.of({ port, protocol: 17, start: T + MINUTE, end: T + MINUTE + 5 }),
    );
    expect(next.filter((c) => c === 'yes')).toHaveLength(4);
    expect(next.filter((c) => c === 'unknown')).toHaveLength(1);
    expect(judge.of({ port: 6, protocol: 17, start: T + 3 * MINUTE, end: T + 3 * MINUTE + 5 })).toBe('no');
  });

  it('an entry that no flow can belong to any more gives way without a word', () => {
    const judge = new Judge(new ContinuityTable(1));
    for (let port = 1; port <= 8; port++)
      judge.of({ port, protocol: 17, start: T + port * 10 * MINUTE, end: T + port * 10 * MINUTE + 20_000 });
    expect(judge.continuity.overflowed).toBe(0);
  });
});
