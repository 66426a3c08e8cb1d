import { describe, expect, it } from 'vitest';
import { WEIR_ELEMENT, WEIR_PEN } from '../elements/registry.ts';
import { ExporterFacts } from './exporter-facts.ts';
import { NOW } from './facts.testing.ts';
import { optionRecord, type Spec } from './options.testing.ts';

const { unsureCopies, removedRecords, removedOctets, removedPackets } = WEIR_ELEMENT;
const OWN = Object.fromEntries([unsureCopies, removedRecords, removedOctets, removedPackets].map((e) => [e, WEIR_PEN]));
const BOOT = NOW - 86_400_000;

function report(facts: ExporterFacts, process: number, fields: readonly Spec[], exportMs = NOW, bootMs = BOOT): void {
  const built = optionRecord(
    [
      [149, 0],
      [144, process],
    ],
    fields,
    { pens: OWN },
  );
  facts.learn(built.view, built.scopes, built.fields, NOW, exportMs, bootMs);
}

const notSent = (total: number, length = 8): Spec[] => [[166, total, length]];

/** The facts as they come back after a restart. */
const restarted = (facts: ExporterFacts) => ExporterFacts.restore(JSON.parse(JSON.stringify(facts.save())));

describe('records that an exporter says it did not send', () => {
  it('are none where it says nothing', () => {
    expect(new ExporterFacts().takeFlowDrops()).toBe(0);
  });

  it('begin with the first report, and are counted since the last call', () => {
    const facts = new ExporterFacts();
    report(facts, 1, notSent(1000));
    expect(facts.takeFlowDrops()).toBe(0);
    report(facts, 1, notSent(1010));
    report(facts, 1, notSent(1011));
    expect(facts.takeFlowDrops()).toBe(11);
    expect(facts.takeFlowDrops()).toBe(0);
  });

  it('are beside packets that Weir counted though they may be copies', () => {
    const facts = new ExporterFacts();
    const copies = (n: number): Spec[] => [
      [166, 0, 8],
      [unsureCopies, n, 8],
    ];
    report(facts, 1, copies(7));
    report(facts, 1, copies(9));
    expect([facts.takeFlowDrops(), facts.takeUnsureCopies(), facts.takeUnsureCopies()]).toEqual([0, 2, 0]);
  });

  it('are beside what the policy of a host removed', () => {
    const facts = new ExporterFacts();
    const removed = (n: number): Spec[] => [
      [removedRecords, n, 8],
      [removedOctets, 100 * n, 8],
      [removedPackets, 2 * n, 8],
    ];
    report(facts, 1, removed(0));
    report(facts, 1, removed(4));
    const again = restarted(facts);
    report(again, 1, removed(9));
    const taken = (of: ExporterFacts) => [
      of.takeRemoved('removedRecords'),
      of.takeRemoved('removedOctets'),
      of.takeRemoved('removedPackets'),
    ];
    expect([taken(facts), taken(facts), taken(again)]).toEqual([
      [4, 400, 8],
      [0, 0, 0],
      [5, 500, 10],
    ]);
  });

  it('are beside packets that its meter did not see, each total for itself', () => {
    const facts = new ExporterFacts();
    const both = (flows: number, packets: number): Spec[] => [
      [166, flows, 8],
      [164, packets, 8],
    ];
    report(facts, 1, both(0, 40));
    report(facts, 1, both(3, 45));
    expect(facts.takeFlowDrops()).toBe(3);
    expect(facts.takeUnmeteredPackets()).toBe(5);
  });

  it('of different processes are not set against each other', () => {
    const facts = new ExporterFacts();
    report(facts, 1, notSent(1000));
    report(facts, 2, notSent(5));
    report(facts, 1, notSent(1000));
    expect(facts.takeFlowDrops()).toBe(0);
  });

  it('are counted over a restart of ours as if there had been none', () => {
    const live = new ExporterFacts();
    report(live, 1, notSent(1000));
    const replay = restarted(live);
    for (const facts of [live, replay]) {
      report(facts, 1, notSent(1500), NOW + 60_000);
      report(facts, 1, notSent(1499), NOW + 59_000);
    }
    expect(live.takeFlowDrops()).toBe(500);
    expect(replay.takeFlowDrops()).toBe(500);
    expect(restarted(replay).save()).toEqual(live.save());
  });

  it.each<[string, number, number, number, number]>([
    ['a wrap of 32 bits', 0xffff_fff0, 0x10, 4, 0x20],
    ['a restart', 5000, 3, 4, 3],
    ['a restart of a 64-bit total', 0xffff_fff0, 0x10, 8, 0x10],
  ])('go on after %s', (_title, before, after, length, dropped) => {
    const facts = new ExporterFacts();
    report(facts, 1, notSent(before, length));
    report(facts, 1, notSent(after, length), NOW + 60_000);
    expect(facts.takeFlowDrops()).toBe(dropped);
  });

  it.each<[string, number]>([
    ['of the same second', 0],
    ['of a second before', -1_000],
    ['that waited long for its template', -500_000],
  ])('are not more for a report that was overtaken, %s', (_title, laterMs) => {
    const facts = new ExporterFacts();
    report(facts, 1, notSent(1000));
    report(facts, 1, notSent(1500));
    report(facts, 1, notSent(1499), NOW + laterMs);
    report(facts, 1, notSent(1501), NOW + 2_000);
    expect(facts.takeFlowDrops()).toBe(501);
  });

  it.each<[string, number, number, number]>([
    ['the exporter booted', 60_000, 60_000, 900],
    ['the report is too new to be a late one', 1_800_000, 0, 900],
    ['nothing says so', 60_000, 0, 0],
  ])('from 0 again after a small fall only with evidence: %s', (_title, laterMs, bootLater, dropped) => {
    const facts = new ExporterFacts();
    report(facts, 1, notSent(1000));
    report(facts, 1, notSent(900), NOW + laterMs, BOOT + bootLater);
    expect(facts.takeFlowDrops()).toBe(dropped);
  });

  it('take the boot from options where the header has none', () => {
    const facts = new ExporterFacts();
    report(facts, 1, [...notSent(1000), [160, BOOT, 8]], NOW, 0);
    report(facts, 1, [...notSent(900), [160, NOW + 30_000, 8]], NOW + 60_000, 0);
    expect(facts.takeFlowDrops()).toBe(900);
  });

  it('go on after the clock of the exporter was set back', () => {
    const facts = new ExporterFacts();
    report(facts, 1, notSent(1000));
    report(facts, 1, notSent(1007), NOW - 86_400_000);
    report(facts, 1, notSent(1009), NOW - 86_340_000);
    expect(facts.takeFlowDrops()).toBe(9);
  });

  it('are bounded in processes, also when they are restored', () => {
    const facts = new ExporterFacts();
    for (let i = 0; i < 300; i++) report(facts, i, notSent(1));
    expect(facts.overflow).toBe(44);
    expect(facts.save().totals).toHaveLength(256);
    const saved = { ...facts.save(), totals: Array.from({ length: 300 }, (_, i) => [`${i}`, 1, 0, 0]) };
    expect(ExporterFacts.restore(saved).save().totals).toHaveLength(256);
  });
});
