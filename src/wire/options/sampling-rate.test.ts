import { describe, expect, it } from 'vitest';
import { ExporterFacts, SAMPLER_KIND } from './exporter-facts.ts';
import { answer, learn, learnV9, NOW, PROCESS, SYSTEM, sampler } from './facts.testing.ts';
import { optionRecord, type Spec, specs } from './options.testing.ts';

const { none, samplerId } = SAMPLER_KIND;

describe('the rate that options give for the exporter', () => {
  it.each<[string, string, string]>([
    ['interval and algorithm (Juniper)', '34=1000 35=2/1', '1000 options'],
    ['interval alone', '34=512', '512 options'],
    ['interval in two octets', '34=512/2', '512 options'],
    ['an interval of 1: not sampled, as the exporter says', '34=1 35=1/1', '1 options'],
    ['an interval of 0 with an algorithm', '34=0 35=1/1', '1 unknown'],
    ['an interval of 0 alone', '34=0', '1 unknown'],
    ['interval and algorithm both 0: no sampling', '34=0 35=0/1', '1 default'],
    ['packets in a row and packets between (Nokia)', '304=1/2 305=1 306=499', '500 options'],
    ['a rate that is no whole number: rounded to the nearest', '305=2 306=3', '3 options'],
    ['packets in a row and none between', '305=1 306=0', '1 options'],
    ['a packet interval alone, meant as element 34', '305=2000', '2000 options'],
    ['a packet space alone', '306=99', '100 options'],
    ['a packet interval of 0', '304=1/2 305=0 306=499', '1 unknown'],
    ['interval and space both 0: no sampling', '305=0 306=0', '1 default'],
    ['n of N', '304=3/2 309=2 310=256', '128 options'],
    ['a population without a size', '310=64', '64 options'],
    ['a size of 0', '309=0 310=64', '1 unknown'],
    ['time-based sampling, whose rate of packets nobody knows', '304=2/2 307=10 308=990', '1 unknown'],
    ['an algorithm without parameters', '304=3/2', '1 unknown'],
    ['a share of a hash', '304=6/2 329=0 330=65535 331=0 332=655', '100 options'],
    ['sampled flows', '390=1/2 396=1/8 397=9/8', '10 options'],
    ['sampled flows of sampled packets', '34=100 396=1/8 397=9/8', '1000 options'],
    ['time-based flow sampling', '390=2/2 398=1/8 399=9/8', '1 unknown'],
    ['a number too long to be one', '34=7/9 35=1/1', '1 unknown'],
    ['a rate that no column holds', '305=1/8 306=1099511627776/8', '1 unknown'],
  ])('%s', (_title, fields, expected) => {
    const facts = new ExporterFacts();
    learn(facts, [PROCESS], specs(fields));
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
    facts.learn(view, scopes, fields, NOW, 0, 0);
    expect(answer(facts)).toBe(expected);
  });

  it('reads options that have no scope', () => {
    const facts = new ExporterFacts();
    learn(facts, [], specs('34=100'));
    expect(answer(facts)).toBe('100 options');
  });

  it('takes statements on the system for one, whatever number the scope holds', () => {
    const facts = new ExporterFacts();
    learnV9(facts, specs('1=36243'), specs('34=1000'));
    learnV9(facts, specs('1=7'), specs('34=2000'));
    expect(answer(facts)).toBe('2000 options');
  });

  it('takes line cards together where they agree, and does not guess where they differ', () => {
    const facts = new ExporterFacts();
    learnV9(facts, specs('3=0'), specs('34=1000'));
    learnV9(facts, specs('3=1'), specs('34=1000'));
    expect(answer(facts)).toBe('1000 options');
    learnV9(facts, specs('3=1'), specs('34=4000'));
    expect(answer(facts)).toBe('1 unknown');
    learnV9(facts, specs('3=0'), specs('34=4000'));
    expect(answer(facts)).toBe('4000 options');
  });

  it('ends when the exporter says that it samples no longer', () => {
    const facts = new ExporterFacts();
    learn(facts, [PROCESS], specs('34=1000 35=2/1'));
    learn(facts, [PROCESS], specs('34=0 35=0/1'));
    expect(answer(facts)).toBe('1 default');
  });

  it.each([
    // softflowd 1.1 and pmacct 1.7.7 with -s 10 / sampling_rate 20, as they were sent.
    [
      'softflowd v9',
      true,
      specs('2=0'),
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
      specs('2=0'),
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
    ['pmacct IPFIX', false, specs('144=0'), sampler(1, 20), samplerId, 1, '20 options'],
  ] as [string, boolean, Spec[], Spec[], number, number, string][])(
    'reads what %s sends',
    (_name, v9, scopes, fields, kind, id, expected) => {
      const facts = new ExporterFacts();
      (v9 ? learnV9 : learn)(facts, scopes, fields);
      expect(answer(facts, kind, id, 3)).toBe(expected);
    },
  );
});
