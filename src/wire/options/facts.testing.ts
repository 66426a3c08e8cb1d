import { DEFAULT_EXPORTER_SETTINGS, type ExporterSettings } from '../exporter-settings.ts';
import { SAMPLING_ORIGIN } from '../flow-context.ts';
import { type ExporterFacts, SAMPLER_KIND } from './exporter-facts.ts';
import { optionRecord, type Spec, specs } from './options.testing.ts';

export const NOW = 1_790_000_000_000;
/** Scopes of NetFlow v9 and of IPFIX. */
export const SYSTEM: Spec = [1, 0];
export const PROCESS: Spec = [144, 1];

/** As Cisco's sampler-table has it. */
export const sampler = (id: number, rate: number): Spec[] => specs(`48=${id}/1 49=2/1 50=${rate}`);

export function learn(facts: ExporterFacts, scopes: readonly Spec[], fields: readonly Spec[], nowMs = NOW): void {
  const { view, scopes: s, fields: f } = optionRecord(scopes, fields);
  facts.learn(view, s, f, nowMs, 0, 0);
}

export function learnV9(facts: ExporterFacts, scopes: readonly Spec[], fields: readonly Spec[], nowMs = NOW): void {
  const { view, scopes: s, fields: f } = optionRecord(scopes, fields, { v9: true });
  facts.learn(view, s, f, nowMs, 0, 0);
}

/** The answer for one record, as `1000 options`. */
export function answer(
  facts: ExporterFacts,
  kind: number = SAMPLER_KIND.none,
  id = -1,
  inIf = 0,
  settings: ExporterSettings = DEFAULT_EXPORTER_SETTINGS,
): string {
  facts.resolve(kind, id, inIf, settings);
  const origin = Object.entries(SAMPLING_ORIGIN).find(([, code]) => code === facts.origin)?.[0];
  return `${facts.rate} ${origin}`;
}
