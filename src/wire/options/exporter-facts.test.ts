import { describe, expect, it } from 'vitest';
import { FORMAT } from '../export-header.ts';
import { DEFAULT_EXPORTER_SETTINGS, type ExporterSettings } from '../exporter-settings.ts';
import { SAMPLING_ORIGIN } from '../flow-context.ts';
import { ExporterFacts, SAMPLER_KIND } from './exporter-facts.ts';
import { optionRecord, type Spec } from './options.testing.ts';

const { none, samplerId, selectorId, selectionSequenceId } = SAMPLER_KIND;
const NOW = 1_790_000_000_000;
const MINUTE = 60_000;
/** Scopes of NetFlow v9: System and Interface; of IPFIX: the exporting process. */
const SYSTEM: Spec = [1, 0];
const PROCESS: Spec = [144, 1];

function learn(facts: ExporterFacts, scopes: readonly Spec[], fields: readonly Spec[], nowMs = NOW): void {
  const { view, scopes: s, fields: f } = optionRecord(scopes, fields);
  facts.learn(view, s, f, nowMs, FORMAT.ipfix);
}

function learnV9(facts: ExporterFacts, scopes: readonly Spec[], fields: readonly Spec[]): void {
  const { view, scopes: s, fields: f } = optionRecord(scopes, fields, { v9: true });
  facts.learn(view, s, f, NOW, FORMAT.netflow9);
}

function answer(
  facts: ExporterFacts,
  kind: number = none,
  id = -1,
  inIf = 0,
  settings: ExporterSettings = DEFAULT_EXPORTER_SETTINGS,
): string {
  facts.resolve(kind, id, inIf, settings);
  const origin = Object.entries(SAMPLING_ORIGIN).find(([, code]) => code === facts.origin)?.[0];
  return `${facts.rate} ${origin}`;
}

function configured(rate: number, mode: 'default' | 'override'): ExporterSettings {
  return { ...DEFAULT_EXPORTER_SETTINGS, sampling: { rate, mode } };
}

const sampler = (id: number, rate: number): Spec[] => [
  [48, id, 1],
  [49, 2, 1],
  [50, rate],
];

describe('the rate that options give for the exporter', () => {
  it.each<[string, Spec[], string]>([
    [
      'interval and algorithm (Juniper, ipt-netflow)',
      [
        [34, 1000],
        [35, 2, 1],
      ],
      '1000 options',
    ],
    ['interval alone', [[34, 512]], '512 options'],
    ['interval in two octets', [[34, 512, 2]], '512 options'],
    [
      'an interval of 1: not sampled, as the exporter says',
      [
        [34, 1],
        [35, 1, 1],
      ],
      '1 options',
    ],
    [
      'an interval of 0 with an algorithm',
      [
        [34, 0],
        [35, 1, 1],
      ],
      '1 unknown',
    ],
    ['an interval of 0 alone', [[34, 0]], '1 unknown'],
    [
      'interval and algorithm both 0: no sampling',
      [
        [34, 0],
        [35, 0, 1],
      ],
      '1 default',
    ],
    [
      'packets in a row and packets between (Nokia)',
      [
        [304, 1, 2],
        [305, 1],
        [306, 499],
      ],
      '500 options',
    ],
    [
      'a rate that is no whole number: rounded to the nearest',
      [
        [305, 2],
        [306, 3],
      ],
      '3 options',
    ],
    [
      'packets in a row and none between',
      [
        [305, 1],
        [306, 0],
      ],
      '1 options',
    ],
    ['a packet interval alone, meant as element 34', [[305, 2000]], '2000 options'],
    ['a packet space alone', [[306, 99]], '100 options'],
    [
      'a packet interval of 0',
      [
        [304, 1, 2],
        [305, 0],
        [306, 499],
      ],
      '1 unknown',
    ],
    [
      'interval and space both 0: no sampling',
      [
        [305, 0],
        [306, 0],
      ],
      '1 default',
    ],
    [
      'n of N',
      [
        [304, 3, 2],
        [309, 2],
        [310, 256],
      ],
      '128 options',
    ],
    ['a population without a size', [[310, 64]], '64 options'],
    [
      'a size of 0',
      [
        [309, 0],
        [310, 64],
      ],
      '1 unknown',
    ],
    [
      'time-based sampling, whose rate of packets nobody knows',
      [
        [304, 2, 2],
        [307, 10],
        [308, 990],
      ],
      '1 unknown',
    ],
    ['an algorithm without parameters', [[304, 3, 2]], '1 unknown'],
    [
      'a share of a hash',
      [
        [304, 6, 2],
        [329, 0],
        [330, 65_535],
        [331, 0],
        [332, 655],
      ],
      '100 options',
    ],
    [
      'sampled flows',
      [
        [390, 1, 2],
        [396, 1, 8],
        [397, 9, 8],
      ],
      '10 options',
    ],
    [
      'sampled flows of sampled packets',
      [
        [34, 100],
        [396, 1, 8],
        [397, 9, 8],
      ],
      '1000 options',
    ],
    [
      'time-based flow sampling',
      [
        [390, 2, 2],
        [398, 1, 8],
        [399, 9, 8],
      ],
      '1 unknown',
    ],
    [
      'a number too long to be one',
      [
        [34, 7, 9],
        [35, 1, 1],
      ],
      '1 unknown',
    ],
    [
      'a rate that no column holds',
      [
        [305, 1, 8],
        [306, 2 ** 40, 8],
      ],
      '1 unknown',
    ],
  ])('%s', (_title, fields, expected) => {
    const facts = new ExporterFacts();
    learn(facts, [PROCESS], fields);
    expect(answer(facts)).toBe(expected);
  });

  it.each([
    [0.001, 8, '1000 options'],
    [0.25, 4, '4 options'],
    [1, 8, '1 options'],
    [0, 8, '1 unknown'],
    [1.5, 8, '1 unknown'],
    [Number.NaN, 8, '1 unknown'],
  ])('a probability of %d in %d octets is %s', (probability, length, expected) => {
    const { view, scopes, fields } = optionRecord(
      [PROCESS],
      [
        [304, 4, 2],
        [311, 0, length],
      ],
    );
    if (length === 8) view.setFloat64(fields[1]!.at, probability);
    else view.setFloat32(fields[1]!.at, probability);
    const facts = new ExporterFacts();
    facts.learn(view, scopes, fields, NOW, FORMAT.ipfix);
    expect(answer(facts)).toBe(expected);
  });

  it('reads options that have no scope', () => {
    const facts = new ExporterFacts();
    learn(facts, [], [[34, 100]]);
    expect(answer(facts)).toBe('100 options');
  });

  it('takes line cards together where they agree, and does not guess where they differ', () => {
    const facts = new ExporterFacts();
    learnV9(facts, [[3, 0]], [[34, 1000]]);
    learnV9(facts, [[3, 1]], [[34, 1000]]);
    expect(answer(facts)).toBe('1000 options');
    learnV9(facts, [[3, 1]], [[34, 4000]]);
    expect(answer(facts)).toBe('1 unknown');
    learnV9(facts, [[3, 0]], [[34, 4000]]);
    expect(answer(facts)).toBe('4000 options');
  });

  it('ends when the exporter says that it samples no longer', () => {
    const facts = new ExporterFacts();
    learn(
      facts,
      [PROCESS],
      [
        [34, 1000],
        [35, 2, 1],
      ],
    );
    learn(
      facts,
      [PROCESS],
      [
        [34, 0],
        [35, 0, 1],
      ],
    );
    expect(answer(facts)).toBe('1 default');
  });

  it.each([
    // softflowd 1.1 and pmacct 1.7.7 with -s 10 / sampling_rate 20, as they were sent.
    [
      'softflowd v9',
      true,
      [[2, 0]],
      [
        [34, 10],
        [35, 1, 1],
        [82, 'eth0', 16],
      ],
      none,
      -1,
      '10 options',
    ],
    [
      'softflowd v9 without sampling',
      true,
      [[2, 0]],
      [
        [34, 1],
        [35, 1, 1],
        [82, 'eth0', 16],
      ],
      none,
      -1,
      '1 options',
    ],
    [
      'softflowd IPFIX',
      false,
      [[143, 0x49ba]],
      [
        [160, NOW, 8],
        [305, 1],
        [306, 9],
        [304, 1, 2],
      ],
      none,
      -1,
      '10 options',
    ],
    ['pmacct v9', true, [SYSTEM], sampler(1, 20), samplerId, 1, '20 options'],
    ['pmacct IPFIX', false, [[144, 0]], sampler(1, 20), samplerId, 1, '20 options'],
  ] as [string, boolean, Spec[], Spec[], number, number, string][])(
    'reads what %s sends',
    (_name, v9, scopes, fields, kind, id, expected) => {
      const facts = new ExporterFacts();
      (v9 ? learnV9 : learn)(facts, scopes, fields);
      expect(answer(facts, kind, id, 3)).toBe(expected);
    },
  );
});

describe('samplers', () => {
  it('gives each record the rate of the sampler that it names', () => {
    const facts = new ExporterFacts();
    learnV9(facts, [SYSTEM], [...sampler(1, 100), [84, 'edge']]);
    learnV9(facts, [SYSTEM], [...sampler(2, 1000), [84, 'core']]);
    expect(facts.perRecord(samplerId)).toBe(true);
    expect(answer(facts, samplerId, 1)).toBe('100 options');
    expect(answer(facts, samplerId, 2)).toBe('1000 options');
    expect([...facts.samplings()].map(({ id, rate, name }) => [id, rate, name])).toEqual([
      [1, 100, 'edge'],
      [2, 1000, 'core'],
    ]);
  });

  it('does not say which of several samplers a record means that names none', () => {
    const facts = new ExporterFacts();
    learnV9(facts, [SYSTEM], sampler(1, 100));
    expect(answer(facts)).toBe('100 options');
    learnV9(facts, [SYSTEM], sampler(2, 100));
    expect(answer(facts)).toBe('100 options');
    learnV9(facts, [SYSTEM], sampler(3, 1000));
    expect(answer(facts)).toBe('1 unknown');
  });

  it('takes the sampler of the interface where only one is there', () => {
    const facts = new ExporterFacts();
    learn(facts, [[10, 7]], sampler(1, 100));
    learn(facts, [[10, 8]], sampler(2, 1000));
    expect(facts.perRecord(none)).toBe(true);
    expect(answer(facts, none, -1, 7)).toBe('100 options');
    expect(answer(facts, none, -1, 8)).toBe('1000 options');
    expect(answer(facts, none, -1, 9)).toBe('1 unknown');
    expect(answer(facts, samplerId, 2, 7)).toBe('1000 options');
    learn(facts, [[10, 7]], sampler(3, 50));
    expect(answer(facts, none, -1, 7)).toBe('1 unknown');
  });

  it('does not take a sampler of the output interface for that of the input', () => {
    const facts = new ExporterFacts();
    learn(facts, [PROCESS], [[34, 10]]);
    learn(facts, [[253, 7]], [[34, 1000]]);
    expect(answer(facts, none, -1, 7)).toBe('10 options');
  });

  it('knows a sampler with a mode and without a rate to be unknown', () => {
    const facts = new ExporterFacts();
    learnV9(
      facts,
      [SYSTEM],
      [
        [48, 3, 1],
        [49, 2, 1],
      ],
    );
    expect(answer(facts, samplerId, 3)).toBe('1 unknown');
    expect(answer(facts)).toBe('1 unknown');
  });

  it('answers records that came before the options as unknown, and later ones with the rate', () => {
    const facts = new ExporterFacts();
    expect(answer(facts, samplerId, 3)).toBe('1 unknown');
    const before = facts.generation;
    learnV9(facts, [SYSTEM], sampler(3, 256));
    expect(facts.generation).toBeGreaterThan(before);
    expect(answer(facts, samplerId, 3)).toBe('256 options');
    const after = facts.generation;
    learnV9(facts, [SYSTEM], sampler(3, 256));
    expect(facts.generation).toBe(after);
  });

  it('gives a record that says "no sampler" the rate of none', () => {
    const facts = new ExporterFacts();
    learnV9(facts, [SYSTEM], sampler(1, 100));
    expect(answer(facts, samplerId, 0)).toBe('1 default');
    learnV9(facts, [SYSTEM], [[34, 20]]);
    expect(answer(facts, samplerId, 0)).toBe('20 options');
  });

  it('finds a selector for a record that calls it a sampler, and the other way round', () => {
    const facts = new ExporterFacts();
    learn(
      facts,
      [[302, 5, 8]],
      [
        [304, 1, 2],
        [305, 1],
        [306, 99],
      ],
    );
    learn(facts, [PROCESS], sampler(6, 300));
    expect(answer(facts, samplerId, 5)).toBe('100 options');
    expect(answer(facts, selectorId, 5)).toBe('100 options');
    expect(answer(facts, selectorId, 6)).toBe('300 options');
  });

  it('forgets a sampler that its template no longer lists', () => {
    const facts = new ExporterFacts();
    const list = (ids: readonly number[], nowMs: number) => {
      for (const id of ids) learn(facts, [PROCESS], sampler(id, 100 * id), nowMs);
    };
    list([1, 2], NOW);
    list([1, 2], NOW + 10 * MINUTE);
    for (let at = 20; at <= 40; at += 10) list([1], NOW + at * MINUTE);
    expect(answer(facts)).toBe('1 unknown');
    for (let at = 50; at <= 60; at += 10) list([1], NOW + at * MINUTE);
    expect(answer(facts)).toBe('100 options');
    expect(answer(facts, samplerId, 2)).toBe('1 unknown');
  });
});

describe('selection sequences', () => {
  it('have the product of their selectors as rate; a filter lets everything through that it is for', () => {
    const facts = new ExporterFacts();
    learn(
      facts,
      [[301, 9, 8]],
      [
        [302, 1, 4],
        [302, 2, 4],
        [302, 3, 4],
      ],
    );
    expect(answer(facts, selectionSequenceId, 9)).toBe('1 unknown');
    learn(facts, [[302, 1, 4]], [[304, 5, 2]]);
    learn(
      facts,
      [[302, 2, 4]],
      [
        [304, 1, 2],
        [305, 1],
        [306, 9],
      ],
    );
    learn(
      facts,
      [[302, 3, 4]],
      [
        [304, 3, 2],
        [309, 1],
        [310, 20],
      ],
    );
    expect(answer(facts, selectionSequenceId, 9)).toBe('200 options');
    expect(answer(facts, selectorId, 1)).toBe('1 options');
  });

  it('a filter beside one sampler does not hide the rate of that sampler', () => {
    const facts = new ExporterFacts();
    learn(facts, [[302, 1, 4]], [[304, 5, 2]]);
    learn(
      facts,
      [[302, 2, 4]],
      [
        [304, 1, 2],
        [305, 1],
        [306, 9],
      ],
    );
    expect(answer(facts)).toBe('10 options');
  });

  it('takes the rate that the counts show where options cannot give one', () => {
    const facts = new ExporterFacts();
    const timeBased: Spec[] = [
      [304, 2, 2],
      [307, 10],
      [308, 990],
    ];
    learn(facts, [[302, 4, 4]], timeBased);
    expect(answer(facts, selectorId, 4)).toBe('1 unknown');
    learn(
      facts,
      [[301, 1, 8]],
      [
        [302, 4, 4],
        [318, 100_000, 8],
        [319, 1000, 8],
      ],
    );
    expect(answer(facts, selectorId, 4)).toBe('100 options');
    learn(facts, [[302, 4, 4]], timeBased);
    expect(answer(facts, selectorId, 4)).toBe('100 options');
    learn(
      facts,
      [[301, 1, 8]],
      [
        [302, 4, 4],
        [318, 330_000, 8],
        [319, 3000, 8],
      ],
    );
    expect(answer(facts, selectorId, 4)).toBe('110 options');
  });

  it('believes a rate that options give before counts', () => {
    const facts = new ExporterFacts();
    learn(
      facts,
      [[302, 4, 4]],
      [
        [304, 1, 2],
        [305, 1],
        [306, 99],
      ],
    );
    learn(
      facts,
      [[301, 1, 8]],
      [
        [302, 4, 4],
        [318, 100_000, 8],
        [319, 999, 8],
      ],
    );
    expect(answer(facts, selectorId, 4)).toBe('100 options');
  });
});

describe('configuration', () => {
  it('overrides whatever the exporter says', () => {
    const facts = new ExporterFacts();
    learn(facts, [PROCESS], [[34, 1000]]);
    expect(answer(facts, none, -1, 0, configured(50, 'override'))).toBe('50 configured');
  });

  it('gives the default only where the exporter gives no rate', () => {
    const facts = new ExporterFacts();
    const settings = configured(50, 'default');
    expect(answer(facts, none, -1, 0, settings)).toBe('50 configured');
    expect(answer(facts, samplerId, 3, 0, settings)).toBe('50 configured');
    learn(facts, [PROCESS], [[34, 1000]]);
    expect(answer(facts, none, -1, 0, settings)).toBe('1000 options');
    expect(answer(facts, none, -1, 0)).toBe('1000 options');
  });

  it('is not asked again for an answer of other settings', () => {
    const facts = new ExporterFacts();
    expect(answer(facts)).toBe('1 default');
    expect(answer(facts, none, -1, 0, configured(5, 'override'))).toBe('5 configured');
    expect(answer(facts)).toBe('1 default');
  });
});
