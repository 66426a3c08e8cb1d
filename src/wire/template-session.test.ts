import { describe, expect, test } from 'vitest';
import {
  ascii,
  Bench,
  type FieldSpec,
  ip4,
  message9,
  message10,
  NOW,
  options10,
  set,
  template9,
  template10,
  u,
  V,
  variable,
} from './template.testing.ts';
import { TemplateSession } from './template-session.ts';

const FIELDS: readonly FieldSpec[] = [
  [8, 4],
  [1, 4],
];
const flow = (bytes: number) => [...ip4('192.0.2.1'), ...u(bytes, 4)];
const HOUR = 3_600_000;

/** The session as it comes back after a restart, in a new decoder. */
function restarted(bench: Bench): Bench {
  const next = new Bench();
  const session = TemplateSession.restore(JSON.parse(JSON.stringify(bench.session.save())));
  next.session = session!;
  next.context.receivedMs = bench.context.receivedMs;
  return next;
}

describe('a template session', () => {
  test('is the same after a restart: templates, names, rates, data that waits', () => {
    const bench = new Bench();
    bench.take(
      message10([
        template10(256, [...FIELDS, [96, V], [234, 4], [302, 4]]),
        options10(
          300,
          [[302, 4]],
          [
            [305, 4],
            [306, 4],
          ],
        ),
        set(300, [...u(9, 4), ...u(1, 4), ...u(9, 4)]),
        options10(301, [[234, 4]], [[236, 8]]),
        set(301, [...u(5, 4), ...ascii('blue'), 0, 0, 0, 0]),
        set(400, flow(77)),
      ]),
    );
    const next = restarted(bench);
    const rows = next.take(
      message10([template10(400, FIELDS), set(256, [...flow(1), ...variable(ascii('ssh')), ...u(5, 4), ...u(9, 4)])]),
    );
    expect(rows[1]).toMatchObject({ raw_bytes: 77, received: NOW });
    expect(rows[0]).toMatchObject({
      raw_bytes: 1,
      exporter_application: 'ssh',
      vrf: 'blue',
      sampling: 10,
      sampling_origin: 'options',
    });
    expect(next.errors).toEqual({});
  });

  test('of which a part cannot be read keeps the rest', () => {
    const bench = new Bench();
    bench.take(message9([template9(256, FIELDS), template9(257, FIELDS)]));
    const saved = JSON.parse(JSON.stringify(bench.session.save()));
    saved.templates[0] = ['no template', 3, false, NOW];
    saved.templates.push(
      null,
      5,
      [],
      ['AAAA', 3, false, NOW],
      [saved.templates[1][0], 99, false, NOW],
      [saved.templates[1][0], 3, true, NOW],
    );
    saved.held = [['AAAA', 1, 'x'], [3], 'no'];
    const session = TemplateSession.restore(saved)!;
    expect([...session.all()].map((t) => t.id)).toEqual([257]);
    expect(session.held.size).toBe(0);
    for (const value of [null, undefined, 5, 'x', [], {}, { version: 2 }])
      expect(TemplateSession.restore(value)).toBeNull();
    expect(TemplateSession.restore({ version: 1, templates: 5, held: {}, facts: 'x' })?.size).toBe(0);
  });

  test('keeps templates that are used, and those that are repeated once a day, and forgets the others', () => {
    const bench = new Bench();
    bench.take(message9([template9(256, FIELDS), template9(257, FIELDS)]));
    for (let hour = 1; hour <= 23; hour++) {
      bench.context.receivedMs = NOW + hour * HOUR;
      expect(bench.take(message9([set(256, flow(1))]))).toHaveLength(1);
    }
    bench.context.receivedMs = NOW + 25 * HOUR;
    bench.take(message9([set(256, flow(1))]));
    expect([...bench.session.all()].map((t) => t.id)).toEqual([256]);
  });

  test('compiles a template once, however often it is repeated', () => {
    const bench = new Bench();
    bench.take(message10([template10(256, FIELDS), set(256, flow(1))]));
    const { plan } = bench.session.template(256)!;
    bench.take(message10([template10(256, FIELDS), set(256, flow(1))]));
    expect(bench.session.template(256)!.plan).toBe(plan);
    expect(bench.decoder.result).toMatchObject({ templates: 1 });
  });

  test('gives back what it took when it is closed', () => {
    const bench = new Bench();
    bench.take(message10([template10(256, FIELDS), set(400, flow(1))]));
    const { budget } = bench.decoder;
    expect(budget.templateBytes).toBeGreaterThan(0);
    expect(budget.heldBytes).toBeGreaterThan(0);
    expect(bench.session.close()).toBe(1);
    expect(budget).toMatchObject({ templateBytes: 0, heldBytes: 0 });
  });

  test('has room for so many templates; those that were not heard of for long make room', () => {
    const bench = new Bench();
    for (let id = 256; id < 256 + 4_096; id++) bench.take(message10([template10(id, FIELDS)]));
    bench.take(message10([template10(60_000, FIELDS)]));
    expect(bench.errors).toEqual({ too_many_templates: 1 });
    bench.context.receivedMs = NOW + HOUR;
    bench.take(message10([template10(60_000, FIELDS)]));
    expect(bench.errors).toEqual({});
    expect(bench.session.size).toBe(1);
  });
});

describe('data that comes before its template', () => {
  test('waits ten minutes', () => {
    const bench = new Bench();
    bench.take(message9([set(256, flow(1))]));
    bench.context.receivedMs = NOW + 9 * 60_000;
    bench.take(message9([set(256, flow(2))]));
    bench.context.receivedMs = NOW + 12 * 60_000;
    const rows = bench.take(message9([template9(256, FIELDS)]));
    expect(rows.map((r) => [r.raw_bytes, r.received])).toEqual([[2, NOW + 9 * 60_000]]);
    expect(bench.errors).toEqual({ no_template: 1 });
    expect(bench.decoder.result).toMatchObject({
      records: 0,
      flowRecords: 0,
      lateRecords: 1,
      rows: 1,
      exact: true,
    });
  });

  test('waits in a bounded room, from which the oldest goes', () => {
    const bench = new Bench();
    const large = Array.from({ length: 1_000 }, (_, i) => flow(i)).flat();
    for (let i = 0; i < 50; i++) bench.take(message9([set(256, large)]));
    expect(bench.errors).toEqual({ no_template: 1 });
    expect(bench.decoder.budget.heldBytes).toBeLessThanOrEqual(256 << 10);
    const waiting = bench.session.held.size;
    let rows = bench.take(message9([template9(256, FIELDS)])).length;
    expect(rows).toBeLessThanOrEqual(16_384);
    // What found no room in the batch comes with the next datagrams.
    while (bench.session.held.size > 0) {
      bench.batch.rows = 0;
      bench.newBatch();
      rows += bench.take(message9([])).length;
    }
    expect(rows).toBe(waiting * 1_000);
    expect(bench.decoder.budget.heldBytes).toBe(0);
  });

  test('is given up when all exporters together hold too much', () => {
    const bench = new Bench();
    const large = new Array<number>(60_000).fill(1);
    for (let i = 0; i < 200; i++) {
      bench.session = new TemplateSession();
      bench.take(message9([set(256, large)]));
    }
    expect(bench.decoder.budget.heldBytes).toBeLessThanOrEqual(8 << 20);
    expect(bench.errors).toEqual({ no_template: 1 });
    expect(bench.decoder.result.held).toBe(0);
  });

  test('comes in the same message before and behind its template', () => {
    const bench = new Bench();
    const rows = bench.take(message10([set(256, flow(1)), template10(256, FIELDS), set(256, flow(2))]));
    expect(rows.map((r) => r.raw_bytes)).toEqual([2, 1]);
    expect(bench.decoder.result).toMatchObject({ held: 1, lateRecords: 1, records: 1, exact: false });
  });
});
