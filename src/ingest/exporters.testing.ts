import type { CounterSheet } from '../base/index.ts';
import { TextColumns } from '../flow/index.ts';
import { type HomeNetworks, NO_HOME } from '../label/index.ts';
import { ExporterRules } from './exporter-rules.ts';
import { Exporters } from './exporters.ts';
import type { IngestCounter } from './ingest-counters.ts';
import { Pipeline } from './pipeline.ts';
import { FAMILY, type Stream } from './stream.ts';

export function newExporters(limit: number): Exporters {
  return new Exporters(limit, new ExporterRules([]));
}

/** The stream of a NetFlow v5 datagram. */
export function findFixed(
  exporters: Exporters,
  source: Uint32Array,
  port: number,
  nowMs: number,
  sequence: number,
): Stream {
  return exporters.table.find(source, 0, source, 0, port, FAMILY.fixed, 0, nowMs, sequence);
}

/** A pipeline of a node whose configuration says nothing of exporters, and of networks what is given. */
export function newPipeline(
  maxExporters: number,
  counters: CounterSheet<IngestCounter>,
  texts = new TextColumns(),
  networks: HomeNetworks = NO_HOME,
): Pipeline {
  return new Pipeline({ maxExporters, counters, texts, rules: [], elements: [], networks });
}
