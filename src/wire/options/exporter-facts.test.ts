import { describe, expect, it } from 'vitest';
import { DEFAULT_EXPORTER_SETTINGS, type ExporterSettings } from '../exporter-settings.ts';
import { ExporterFacts, SAMPLER_KIND } from './exporter-facts.ts';
import { answer, learn, learnV9, NOW, PROCESS, SYSTEM, sampler } from './facts.testing.ts';
import { type Spec, specs } from './options.testing.ts';

const { none, samplerId, selectorId, selectionSequenceId } = SAMPLER_KIND;
const MINUTE = 60_000;

function configured(rate: number, mode: 'default' | 'override'): ExporterSettings {
  return { ...DEFAULT_EXPORTER_SETTINGS, sampling: { rate, mode } };
}

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
    learn(facts, specs('10=7'), sampler(1, 100));
    learn(facts, specs('10=8'), sampler(2, 1000));
    expect(facts.perRecord(none)).toBe(true);
    expect(answer(facts, none, -1, 7)).toBe('100 options');
    expect(answer(facts, none, -1, 8)).toBe('1000 options');
    expect(answer(facts, none, -1, 9)).toBe('1 unknown');
    expect(answer(facts, samplerId, 2, 7)).toBe('1000 options');
    learn(facts, specs('10=7'), sampler(3, 50));
    expect(answer(facts, none, -1, 7)).toBe('1 unknown');
  });

  it('does not take a sampler of the output interface for that of the input', () => {
    const facts = new ExporterFacts();
    learn(facts, [PROCESS], specs('34=10'));
    learn(facts, specs('253=7'), specs('34=1000'));
    expect(answer(facts, none, -1, 7)).toBe('10 options');
  });

  it('knows a sampler with a mode and without a rate to be unknown', () => {
    const facts = new ExporterFacts();
    learnV9(facts, [SYSTEM], specs('48=3/1 49=2/1'));
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
    learnV9(facts, [SYSTEM], specs('34=20'));
    expect(answer(facts, samplerId, 0)).toBe('20 options');
  });

  it('finds a selector for a record that calls it a sampler, and the other way round', () => {
    const facts = new ExporterFacts();
    learn(facts, specs('302=5/8'), specs('304=1/2 305=1 306=99'));
    learn(facts, [PROCESS], sampler(6, 300));
    expect(answer(facts, samplerId, 5)).toBe('100 options');
    expect(answer(facts, selectorId, 5)).toBe('100 options');
    expect(answer(facts, selectorId, 6)).toBe('300 options');
  });

  it('are told apart by the low 32 bits of their id, and sampled flows of ipt_NETFLOW are read', () => {
    const facts = new ExporterFacts();
    learn(
      facts,
      [PROCESS],
      [
        [302, 2 ** 33 + 5, 8],
        [390, 3, 2],
        [309, 1],
        [310, 16],
      ],
    );
    expect(answer(facts, selectorId, 5)).toBe('16 options');
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
    learn(facts, specs('301=9/8'), specs('302=1/4 302=2/4 302=3/4'));
    expect(answer(facts, selectionSequenceId, 9)).toBe('1 unknown');
    learn(facts, specs('302=1/4'), specs('304=5/2'));
    learn(facts, specs('302=2/4'), specs('304=1/2 305=1 306=9'));
    learn(facts, specs('302=3/4'), specs('304=3/2 309=1 310=20'));
    expect(answer(facts, selectionSequenceId, 9)).toBe('200 options');
    expect(answer(facts, selectorId, 1)).toBe('1 options');
  });

  it('a filter beside one sampler does not hide the rate of that sampler', () => {
    const facts = new ExporterFacts();
    learn(facts, specs('302=1/4'), specs('304=5/2'));
    learn(facts, specs('302=2/4'), specs('304=1/2 305=1 306=9'));
    expect(answer(facts)).toBe('10 options');
  });

  it('takes the rate that the counts show where options cannot give one', () => {
    const facts = new ExporterFacts();
    const timeBased: Spec[] = specs('304=2/2 307=10 308=990');
    learn(facts, specs('302=4/4'), timeBased);
    expect(answer(facts, selectorId, 4)).toBe('1 unknown');
    learn(facts, specs('301=1/8'), specs('302=4/4 318=100000/8 319=1000/8'));
    expect(answer(facts, selectorId, 4)).toBe('100 options');
    learn(facts, specs('302=4/4'), timeBased);
    expect(answer(facts, selectorId, 4)).toBe('100 options');
    learn(facts, specs('301=1/8'), specs('302=4/4 318=330000/8 319=3000/8'));
    expect(answer(facts, selectorId, 4)).toBe('110 options');
  });

  it('believes a rate that options give before counts', () => {
    const facts = new ExporterFacts();
    learn(facts, specs('302=4/4'), specs('304=1/2 305=1 306=99'));
    learn(facts, specs('301=1/8'), specs('302=4/4 318=100000/8 319=999/8'));
    expect(answer(facts, selectorId, 4)).toBe('100 options');
  });
});

describe('configuration', () => {
  it('overrides whatever the exporter says', () => {
    const facts = new ExporterFacts();
    learn(facts, [PROCESS], specs('34=1000'));
    expect(answer(facts, none, -1, 0, configured(50, 'override'))).toBe('50 configured');
  });

  it('gives the default only where the exporter gives no rate', () => {
    const facts = new ExporterFacts();
    const settings = configured(50, 'default');
    expect(answer(facts, none, -1, 0, settings)).toBe('50 configured');
    expect(answer(facts, samplerId, 3, 0, settings)).toBe('50 configured');
    learn(facts, [PROCESS], specs('34=1000'));
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
