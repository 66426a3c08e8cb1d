import { describe, expect, it } from 'vitest';
import { FORMAT } from '../export-header.ts';
import { ExporterFacts } from './exporter-facts.ts';
import { optionRecord, type Spec } from './options.testing.ts';

function report(facts: ExporterFacts, process: number, fields: readonly Spec[]): void {
  const built = optionRecord(
    [
      [149, 0],
      [144, process],
    ],
    fields,
  );
  facts.learn(built.view, built.scopes, built.fields, 1, FORMAT.ipfix);
}

const NONE = { flows: 0, packets: 0, octets: 0, ignoredPackets: 0, ignoredOctets: 0 };

describe("an exporter's own totals", () => {
  it('are absent where none are reported', () => {
    const facts = new ExporterFacts();
    expect(facts.statistics).toBeUndefined();
    expect(facts.takeDrops()).toEqual(NONE);
  });

  it('are summed over its processes; what is not said stays unsaid', () => {
    const facts = new ExporterFacts();
    report(facts, 1, [
      [41, 10, 8],
      [42, 300, 8],
    ]);
    report(facts, 2, [
      [42, 200, 8],
      [40, 9000, 8],
    ]);
    expect(facts.statistics).toMatchObject({
      exportedMessages: 10,
      exportedFlows: 500,
      exportedOctets: 9000,
      notSentFlows: -1,
    });
  });

  it('begin with the first report, and count what was dropped since the last call', () => {
    const facts = new ExporterFacts();
    report(facts, 1, [
      [166, 1000, 8],
      [167, 5000, 8],
      [168, 70_000, 8],
      [164, 7, 8],
      [165, 700, 8],
    ]);
    expect(facts.takeDrops()).toEqual(NONE);
    report(facts, 1, [
      [166, 1010, 8],
      [167, 5060, 8],
      [168, 71_000, 8],
      [164, 9, 8],
      [165, 950, 8],
    ]);
    report(facts, 1, [
      [166, 1011, 8],
      [167, 5061, 8],
      [168, 71_001, 8],
      [164, 9, 8],
      [165, 950, 8],
    ]);
    expect(facts.takeDrops()).toEqual({ flows: 11, packets: 61, octets: 1001, ignoredPackets: 2, ignoredOctets: 250 });
    expect(facts.takeDrops()).toEqual(NONE);
  });

  it('of different processes are not set against each other', () => {
    const facts = new ExporterFacts();
    report(facts, 1, [[166, 1000, 8]]);
    report(facts, 2, [[166, 5, 8]]);
    report(facts, 1, [[166, 1000, 8]]);
    expect(facts.takeDrops().flows).toBe(0);
  });

  it.each<[string, number, number, number, number]>([
    ['a wrap of 32 bits', 0xffff_fff0, 0x10, 4, 0x20],
    ['a restart', 5000, 3, 4, 3],
    ['a restart of a 64-bit total', 0xffff_fff0, 0x10, 8, 0x10],
  ])('go on after %s', (_title, before, after, length, dropped) => {
    const facts = new ExporterFacts();
    report(facts, 1, [[166, before, length]]);
    report(facts, 1, [[166, after, length]]);
    expect(facts.takeDrops().flows).toBe(dropped);
  });

  it('are bounded in processes', () => {
    const facts = new ExporterFacts();
    for (let i = 0; i < 300; i++) report(facts, i, [[42, 1, 8]]);
    expect(facts.statistics?.exportedFlows).toBe(256);
    expect(facts.overflow).toBe(44);
  });
});
