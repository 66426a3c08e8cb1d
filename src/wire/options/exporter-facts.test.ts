import { describe, expect, it } from 'vitest';
import { DEFAULT_EXPORTER_SETTINGS, type ExporterSettings } from '../exporter-settings.ts';
import { SAMPLING_ORIGIN } from '../flow-context.ts';
import { ExporterFacts, SAMPLER_KIND } from './exporter-facts.ts';
import { optionRecord, type Spec } from './options.testing.ts';

const IPFIX = 4;
const { none, samplerId, selectorId, selectionSequenceId } = SAMPLER_KIND;
const SYSTEM: Spec = [1, 0];
const PROCESS: Spec = [144, 1];

const clock = 1_790_000_000_000;

function learn(facts: ExporterFacts, scopes: readonly Spec[], fields: readonly Spec[], v9 = false): void {
  const { view, scopes: s, fields: f } = optionRecord(scopes, fields, { v9 });
  facts.learn(view, s, f, clock, IPFIX);
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

describe('the rate that options give for the exporter', () => {
  it.each<[string, Spec[], string]>([
    [
      'interval and algorithm (Juniper, softflowd, ipt-netflow)',
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
      'a number that is too long to be one',
      [
        [34, 7, 9],
        [35, 1, 1],
      ],
      '1 unknown',
    ],
  ])('%s', (_title, fields, expected) => {
    const facts = new ExporterFacts();
    learn(facts, [PROCESS], fields);
    expect(answer(facts)).toBe(expected);
  });
});
