import { IPFIX, NETFLOW9 } from './dialect.ts';
import type { EncoderOptions, FlowEncoder } from './flow-encoder.ts';
import { Netflow5Exporter } from './netflow5-export.ts';
import { TemplateExporter } from './template-encoder.ts';

export type ExportProtocol = 'netflow5' | 'netflow9' | 'ipfix';

/** The encoder of a protocol. */
export function flowEncoder(protocol: ExportProtocol, options: EncoderOptions): FlowEncoder {
  if (protocol === 'netflow5') return new Netflow5Exporter(options);
  return new TemplateExporter(protocol === 'netflow9' ? NETFLOW9 : IPFIX, options);
}
