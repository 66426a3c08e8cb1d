import type { BpfMap } from '../../system/index.ts';
import type { HostTotals } from './host-backend.ts';

/** `struct totals` of bpf/host-meter.bpf.c, one for each processor. */
const TOTALS_BYTES = 32;
const TX_BYTES = 0;
const TX_PACKETS = 8;
const RX_BYTES = 16;
const RX_PACKETS = 24;

/** What all processors counted. */
export function readTotals(map: BpfMap): HostTotals {
  map.keyBytes.fill(0);
  const sum = { txBytes: 0, txPackets: 0, rxBytes: 0, rxPackets: 0 };
  const value = map.lookup();
  if (!value) return sum;
  const view = new DataView(value.buffer);
  const at = (offset: number) => Number(view.getBigUint64(offset, true));
  for (let cpu = 0; cpu < value.length; cpu += TOTALS_BYTES) {
    sum.txBytes += at(cpu + TX_BYTES);
    sum.txPackets += at(cpu + TX_PACKETS);
    sum.rxBytes += at(cpu + RX_BYTES);
    sum.rxPackets += at(cpu + RX_PACKETS);
  }
  return sum;
}
