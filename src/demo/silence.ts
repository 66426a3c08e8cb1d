import type { Gap } from '../truth/index.ts';
import { textOf } from './campus.ts';
import type { Demo } from './demo.ts';

/** The outage of an exporter as a node that received it live would have noted it: a silence, weighted by the part of all records that is missing. */
export function silencesOf({ exporters, whole }: Demo): Gap[] {
  const minutes = (whole.toMs - whole.fromMs) / 60_000;
  const total = exporters.reduce((sum, { told }) => sum + told.records, 0);
  return exporters.flatMap(({ options: { address, off }, told }): Gap[] => {
    if (off === undefined || told.records === 0) return [];
    const on = minutes - (off.toMs - off.fromMs) / 60_000;
    const usual = told.records / on;
    // What it would have told beside what all others did.
    const share = usual / (usual + (total - told.records) / minutes);
    return [{ from: off.fromMs, to: off.toMs, cause: 'silent', exporter: textOf(address), domain: 1, usual, share }];
  });
}
