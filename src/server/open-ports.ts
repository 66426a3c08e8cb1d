import type { Log } from '../base/index.ts';
import type { IngestHandle } from '../ingest/index.ts';

/** All ports ask for the same and get the same: one line says it. */
export function warnOfSmallBuffers(ports: IngestHandle['listening'], log: Log): void {
  const small = ports.filter(({ buffer }) => buffer !== null && buffer.grantedBytes < buffer.askedBytes);
  if (small.length === 0) return;
  const { askedBytes, grantedBytes } = small[0]!.buffer!;
  log.warn(
    { ports: small.map((p) => p.name), asked: askedBytes, granted: grantedBytes },
    'the socket buffers are smaller than receive_buffer: weir doctor says what to change',
  );
}

/** The order in which `weir up` tells its ports, whichever thread opened them. */
export function inAnnouncedOrder<T extends { readonly name: string }>(ports: readonly T[]): T[] {
  const order = ['netflow', 'ipfix', 'ipfix-tcp', 'sflow'];
  return [...ports].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}
