import { INTERFACE_COUNTERS_BYTES } from './interface-state.ts';
import { COUNTER_RECORD, padded } from './sflow-format.ts';
import type { SflowSession } from './sflow-session.ts';

const IF_INDEX = 0;

/**
 * Reads a counter sample: generic interface counters and names of ports; the others (Ethernet, VLAN, processor, host ...) are stepped
 * over. False when a length contradicts another.
 */
export function readCounterSample(
  view: DataView,
  at: number,
  end: number,
  expanded: boolean,
  session: SflowSession,
  receivedMs: number,
): boolean {
  const headBytes = expanded ? 16 : 12;
  if (at + headBytes > end) return false;
  const sequence = view.getUint32(at);
  const source = view.getUint32(at + 4);
  const sourceClass = expanded ? source : source >>> 24;
  let ifIndex = sourceClass !== IF_INDEX ? 0 : expanded ? view.getUint32(at + 8) : source & 0xff_ffff;
  const count = view.getUint32(at + headBytes - 4);
  let next = at + headBytes;
  let nameAt = -1;
  for (let i = 0; i < count; i++) {
    if (next + 8 > end) return false;
    const length = view.getUint32(next + 4);
    const data = next + 8;
    if (length > end - data) return false;
    const format = view.getUint32(next);
    if (format === COUNTER_RECORD.genericInterface && length >= INTERFACE_COUNTERS_BYTES) {
      ifIndex = view.getUint32(data);
      session.interfaces.observe(view, data, sequence, receivedMs, session.starts);
    } else if (format === COUNTER_RECORD.portName && length >= 4 && view.getUint32(data) <= length - 4) nameAt = data;
    next = Math.min(end, data + padded(length));
  }
  // The name of a port belongs to the interface of the same sample, wherever it stands in it.
  if (nameAt >= 0) session.interfaces.setName(ifIndex, view, nameAt + 4, view.getUint32(nameAt));
  return true;
}
