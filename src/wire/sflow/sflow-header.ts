import type { DecodeError } from '../decode-errors.ts';
import { type ExportHeader, FORMAT } from '../export-header.ts';
import { SFLOW_MOST_SAMPLES, SFLOW_VERSION } from './sflow-format.ts';

const MAPPED = 0xffff;

/**
 * Reads the header of the datagram at [at, at + length). Null when all is well; `out` is filled, with `count` 0, after
 * `bad_count` too. The exporter's clock is not in it: `exportMs` is 0.
 */
export function readSflowHeader(view: DataView, at: number, length: number, out: ExportHeader): DecodeError | null {
  out.count = 0;
  if (length < 8) return 'too_short';
  if (view.getUint32(at) !== SFLOW_VERSION) return 'unsupported_version';
  const addressType = view.getUint32(at + 4);
  // 0 is an agent that does not know its address: nothing stands in its place.
  if (addressType > 2) return 'bad_length';
  const addressBytes = addressType === 0 ? 0 : addressType === 1 ? 4 : 16;
  const rest = at + 8 + addressBytes;
  if (length < 24 + addressBytes) return 'too_short';
  readAgent(view, at + 8, addressType, out.agent);
  out.format = FORMAT.sflow;
  out.headerBytes = 24 + addressBytes;
  out.messageBytes = length;
  out.domain = view.getUint32(rest);
  out.sequence = view.getUint32(rest + 4);
  out.uptimeMs = view.getUint32(rest + 8);
  out.exportMs = 0;
  const count = view.getUint32(rest + 12);
  if (count > SFLOW_MOST_SAMPLES) return 'bad_count';
  out.count = count;
  return null;
}

function readAgent(view: DataView, at: number, type: number, agent: Uint32Array): void {
  agent[0] = type === 2 ? view.getUint32(at) : 0;
  agent[1] = type === 2 ? view.getUint32(at + 4) : 0;
  agent[2] = type === 2 ? view.getUint32(at + 8) : type === 1 ? MAPPED : 0;
  agent[3] = type === 2 ? view.getUint32(at + 12) : type === 1 ? view.getUint32(at) : 0;
}
