import { extname } from 'node:path';
import { WeirError } from '../base/index.ts';
import type { ExportFormat } from '../query/index.ts';
import { EXPORT_FORMATS } from '../server/index.ts';
import type { ExportProtocol } from '../wire/index.ts';

/** Where an export goes. */
export type ExportTarget =
  | { readonly kind: 'file'; readonly format: ExportFormat }
  | { readonly kind: 'ipfix file' }
  | {
      readonly kind: 'collector';
      readonly protocol: ExportProtocol;
      readonly transport: 'udp' | 'tcp';
      readonly host: string;
      readonly port: number;
    };

/** The port that collectors listen on: 2055 by custom, 4739 is IPFIX's own (RFC 7011, section 10.3.3). */
const SCHEMES: Readonly<Record<string, { protocol: ExportProtocol; transport: 'udp' | 'tcp'; port: number }>> = {
  netflow5: { protocol: 'netflow5', transport: 'udp', port: 2055 },
  netflow9: { protocol: 'netflow9', transport: 'udp', port: 2055 },
  ipfix: { protocol: 'ipfix', transport: 'udp', port: 4739 },
  'ipfix+tcp': { protocol: 'ipfix', transport: 'tcp', port: 4739 },
};

/** Reads what `--to` says: a file by its extension, or a collector by its scheme. */
export function parseTarget(text: string): ExportTarget {
  const scheme = /^([a-z0-9+]+):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined) return collectorOf(text, scheme);
  const extension = extname(text).slice(1).toLowerCase();
  if (extension === 'ipfix') return { kind: 'ipfix file' };
  const format = EXPORT_FORMATS.find((f) => f === extension);
  if (format) return { kind: 'file', format };
  const files = [...EXPORT_FORMATS, 'ipfix'].map((f) => `.${f}`).join(', ');
  throw new WeirError(
    'usage',
    `--to ${text}: expected a file that ends with ${files}, or a collector such as ${names().join(', ')}`,
  );
}

function names(): string[] {
  return Object.keys(SCHEMES).map((s) => `${s}://HOST:PORT`);
}

function collectorOf(text: string, scheme: string): ExportTarget {
  const known = Object.hasOwn(SCHEMES, scheme) ? SCHEMES[scheme] : undefined;
  if (!known) throw new WeirError('usage', `--to ${text}: expected ${names().join(', ')}`);
  const m = /^[^/]*:\/\/(?:\[([0-9a-f:.%a-z]+)\]|([^\s:/@?#[\]]+))(?::(\d{1,5}))?\/?$/i.exec(text);
  const port = m?.[3] === undefined ? known.port : Number(m[3]);
  if (!m || port < 1 || port > 65_535)
    throw new WeirError(
      'usage',
      `--to ${text}: expected ${scheme}://HOST:PORT, as in ${scheme}://192.0.2.1:${known.port}`,
    );
  const { protocol, transport } = known;
  return { kind: 'collector', protocol, transport, host: (m[1] ?? m[2])!, port };
}
