import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_EXPORTER_SETTINGS } from '../exporter-settings.ts';
import { SAMPLING_ORIGIN } from '../flow-context.ts';
import { ExporterFacts, SAMPLER_KIND } from './exporter-facts.ts';
import { type OptionField, V9_SCOPE } from './option-values.ts';
import { optionRecord, type Spec } from './options.testing.ts';

function filled(): ExporterFacts {
  const facts = new ExporterFacts();
  const records: [Spec[], Spec[]][] = [
    [
      [[144, 1]],
      [
        [48, 1, 1],
        [49, 2, 1],
        [50, 100],
        [84, 'edge'],
      ],
    ],
    [
      [[144, 1]],
      [
        [48, 2, 1],
        [49, 2, 1],
        [50, 1000],
      ],
    ],
    [[[10, 7]], [[34, 50]]],
    [
      [[302, 4]],
      [
        [304, 1, 2],
        [305, 1],
        [306, 9],
      ],
    ],
    [
      [[301, 9]],
      [
        [302, 4],
        [302, 1],
      ],
    ],
    [
      [[10, 7]],
      [
        [82, 'Gi0/0/1'],
        [83, 'Uplink'],
      ],
    ],
    [
      [[144, 1]],
      [
        [234, 5],
        [236, 'customer-a'],
      ],
    ],
    [
      [[144, 1]],
      [
        [95, 0x0300_0050],
        [96, 'http', 24],
        [94, 'Web', 24],
        [372, 'browsing', 24],
      ],
    ],
    [[[143, 1]], [[160, 1_790_000_000_000, 8]]],
    [[[144, 3]], [[166, 2 ** 60, 8]]],
  ];
  for (const [scopes, fields] of records) {
    const built = optionRecord(scopes, fields);
    facts.learn(built.view, built.scopes, built.fields, 1_790_000_000_000, 0, 0);
  }
  return facts;
}

function rates(facts: ExporterFacts): string[] {
  const asked: [number, number, number][] = [
    [SAMPLER_KIND.samplerId, 1, 0],
    [SAMPLER_KIND.samplerId, 2, 7],
    [SAMPLER_KIND.selectorId, 4, 0],
    [SAMPLER_KIND.selectionSequenceId, 9, 0],
    [SAMPLER_KIND.none, -1, 7],
    [SAMPLER_KIND.none, -1, 8],
  ];
  return asked.map(([kind, id, inIf]) => {
    facts.resolve(kind, id, inIf, DEFAULT_EXPORTER_SETTINGS);
    return `${facts.rate} ${facts.origin}`;
  });
}

describe('what is kept over a restart', () => {
  it('answers as before', () => {
    const facts = filled();
    const { options, unknown } = SAMPLING_ORIGIN;
    const expected = [100, 1000, 10, 1000, 50].map((rate) => `${rate} ${options}`);
    expect(rates(facts)).toEqual([...expected, `1 ${unknown}`]);
    const restored = ExporterFacts.restore(JSON.parse(JSON.stringify(facts.save())));
    expect(rates(restored)).toEqual(rates(facts));
    expect(restored.save()).toEqual(facts.save());
    expect(restored.interface(7)).toEqual(facts.interface(7));
    expect(restored.vrfName(5)).toBe('customer-a');
    expect(restored.systemInitMs).toBe(1_790_000_000_000);
  });

  it('is read as far as it is whole', () => {
    const saved = JSON.parse(JSON.stringify(filled().save()));
    saved.sampling[0].rate = 'many';
    saved.sampling[1] = null;
    saved.interfaces.push(['x', 1], 7, [-1, 'a', 'b']);
    saved.vrfs = 'gone';
    saved.totals.push(['x', -1, 0, 0], ['x', 1.5, 0, 0], [5, 1, 0, 0], null, ['x', 1]);
    const restored = ExporterFacts.restore(saved);
    expect(restored.interface(7)?.name).toBe('Gi0/0/1');
    expect([...restored.samplings()]).toHaveLength(filled().save().sampling.length - 2);
    expect(restored.vrfName(5)).toBeUndefined();
    expect(restored.save().totals).toEqual(filled().save().totals);
  });

  it('may be anything at all', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys(filled().save())), (value, key) => {
        ExporterFacts.restore(value);
        const restored = ExporterFacts.restore({ ...filled().save(), [key]: value });
        restored.resolve(SAMPLER_KIND.samplerId, 1, 7, DEFAULT_EXPORTER_SETTINGS);
        ExporterFacts.restore([value]);
      }),
      { numRuns: 300 },
    );
    for (const value of [undefined, null, 0, '', 'x', [], Number.NaN])
      expect(rates(ExporterFacts.restore(value))).toHaveLength(6);
  });
});

describe('hostile options', () => {
  const IDS = [
    10, 14, 34, 35, 40, 42, 48, 49, 50, 82, 83, 84, 94, 95, 96, 144, 160, 164, 166, 234, 236, 252, 253, 301, 302,
  ];
  const MORE = [304, 305, 306, 307, 309, 310, 311, 318, 319, 329, 330, 331, 332, 335, 372, 390, 396, 397, 398];
  const field = fc.record({
    pen: fc.constantFrom(0, 0, 0, 9, V9_SCOPE, 29_305),
    id: fc.oneof(fc.constantFrom(...IDS, ...MORE), fc.nat(0xffff)),
    at: fc.integer({ min: -4, max: 90 }),
    length: fc.oneof(fc.integer({ min: -1, max: 12 }), fc.constantFrom(16, 64, 65_535)),
  });
  const list: fc.Arbitrary<OptionField[]> = fc.array(field, { maxLength: 12 });

  it('never throw, never read past the view, and give rates that a column holds', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.uint8Array({ minLength: 0, maxLength: 80 }), list, list), { maxLength: 20 }),
        fc.constantFrom(0, 1, 2, 3),
        fc.integer({ min: -1, max: 300 }),
        (records, kind, id) => {
          const facts = new ExporterFacts();
          let now = 0;
          for (const [bytes, scopes, fields] of records) {
            now += 700_000;
            facts.learn(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), scopes, fields, now, 0, 0);
            facts.resolve(kind, id, id, DEFAULT_EXPORTER_SETTINGS);
            expect(Number.isInteger(facts.rate) && facts.rate >= 1 && facts.rate <= 0xffff_ffff).toBe(true);
            expect([SAMPLING_ORIGIN.options, SAMPLING_ORIGIN.unknown, SAMPLING_ORIGIN.default]).toContain(facts.origin);
          }
          facts.takeFlowDrops();
          const restored = ExporterFacts.restore(JSON.parse(JSON.stringify(facts.save())));
          expect([...restored.interfaces()].length).toBeLessThanOrEqual([...facts.interfaces()].length);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('leave tables bounded: a flood of samplers and interfaces is counted', () => {
    const facts = new ExporterFacts();
    for (let i = 0; i < 17_000; i++) {
      const built = optionRecord(
        [[10, i + 1]],
        [
          [302, i],
          [305, 1],
          [306, i],
        ],
      );
      facts.learn(built.view, built.scopes, built.fields, 1, 0, 0);
    }
    expect([...facts.samplings()]).toHaveLength(16_384);
    expect(facts.overflow).toBe(2 * 17_000 - 16_384);
    expect(facts.heldBytes).toBeGreaterThan(1_000_000);
    expect(facts.heldBytes).toBeLessThan(15_000_000);
  });
});
