import type { Gap } from '../truth/index.ts';
import { textOf } from './campus.ts';
import type { Demo } from './demo.ts';
import type { DemoExporter } from './demo-exporter.ts';

/** The outage of an exporter as a node that received it live would have noted it: a silence, weighted by the part of all records, and of all bytes, that is missing. */
export function silencesOf({ exporters, whole }: Demo): Gap[] {
  const minutes = (whole.toMs - whole.fromMs) / 60_000;
  const records = (e: DemoExporter) => e.told.records;
  const bytes = (e: DemoExporter) => e.told.bytes * e.options.sampling;
  return exporters.flatMap((exporter): Gap[] => {
    const { address, off } = exporter.options;
    if (off === undefined || exporter.told.records === 0) return [];
    const on = minutes - (off.toMs - off.fromMs) / 60_000;
    const usual = records(exporter) / on;
    /** What it would have told beside what all others did. */
    const shareIn = (of: (e: DemoExporter) => number) => {
      const own = of(exporter) / on;
      const others = exporters.filter((e) => e !== exporter).reduce((sum, e) => sum + of(e), 0) / minutes;
      return own / (own + others);
    };
    return [
      {
        ...{ from: off.fromMs, to: off.toMs, cause: 'silent', exporter: textOf(address), domain: 1, usual },
        ...{ share: shareIn(records), share_bytes: shareIn(bytes) },
      },
    ];
  });
}
