import type { ApplicationName } from '../../flow/index.ts';
import type { Around } from './payloads.testing.ts';

/** A payload as the documents of its protocol have it. */
export interface Sample {
  readonly application: ApplicationName;
  readonly around: Around & { readonly protocol: 6 | 17; readonly from: number; readonly to: number };
  readonly bytes: Buffer;
  /** What tshark says of it: a name in its list of protocols. Absent where it goes by what came before, or has none. */
  readonly tshark?: string;
  /** It logs in, for all to read. */
  readonly clearLogin?: boolean;
}

export const hex = (digits: string) => Buffer.from(digits.replaceAll(' ', ''), 'hex');
export const text = (content: string) => Buffer.from(content, 'latin1');
export const zeros = (count: number) => Buffer.alloc(count);
export const all = (...parts: readonly Uint8Array[]) => Buffer.concat(parts);

export function u16(value: number): Buffer {
  const out = Buffer.alloc(2);
  out.writeUInt16BE(value);
  return out;
}

export function u32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value);
  return out;
}

export const u32Little = (value: number) => u32(value).reverse();

/** The length of these, then these. */
export const counted = (...parts: readonly Uint8Array[]) => all(u32(all(...parts).length), ...parts);

const CLIENT_PORT = 50_001;
const NO_PORT = 50_002;

/** To a server's port; `sample.from` is one that comes back from it. */
export function tcp(application: ApplicationName, to: number, bytes: Buffer, tshark?: string): Sample {
  return {
    application,
    around: { protocol: 6, from: CLIENT_PORT, to: to || NO_PORT },
    bytes,
    ...(tshark && { tshark }),
  };
}

export function udp(application: ApplicationName, to: number, bytes: Buffer, tshark?: string): Sample {
  return {
    application,
    around: { protocol: 17, from: CLIENT_PORT, to: to || NO_PORT },
    bytes,
    ...(tshark && { tshark }),
  };
}

/** What a server sends. */
export function back(sample: Sample): Sample {
  const { protocol, from, to } = sample.around;
  return { ...sample, around: { protocol, from: to, to: from, side: 1 } };
}

export const login = (sample: Sample): Sample => ({ ...sample, clearLogin: true });
