import { allColumnNames, FlowBatch, parseAddress, TextColumns } from '../flow/index.ts';
import { NO_HOME } from '../label/index.ts';
import { ingestCounters } from './ingest-counters.ts';
import { HOST_EXPORTER, HOST_RULES } from './piped-rules.ts';
import { Pipeline } from './pipeline.ts';

const SOURCE = Uint32Array.from(parseAddress(HOST_EXPORTER)!);

/** The pipeline as it takes what the meter of this host writes. */
export function session() {
  const texts = new TextColumns();
  const batch = new FlowBatch(65_536, allColumnNames);
  texts.begin(batch);
  const pipeline = new Pipeline({
    maxExporters: 10,
    counters: ingestCounters(),
    texts,
    rules: HOST_RULES,
    elements: [],
    networks: NO_HOME,
    connections: true,
    metered: true,
  });
  pipeline.bind(batch);
  const take = (bytes: Uint8Array, atMs: number) => {
    pipeline.accept(
      new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
      0,
      bytes.length,
      SOURCE,
      0,
      0,
      atMs,
      'keep',
      false,
    );
    pipeline.settle();
  };
  return { pipeline, batch, take, ends: (atMs: number) => take(new Uint8Array(0), atMs) };
}
