import type { Stream } from '../api/node.ts';

/** Whether a stream is what this node meters itself (docs/explanation/host.md): addresses that no exporter can have (RFC 6666). */
export function isOwnMeter({ exporter }: Pick<Stream, 'exporter'>): boolean {
  return exporter.startsWith('100::');
}
