import { createHmac } from 'node:crypto';

/** A key for one purpose, derived from that of a file: nothing of the one tells of another. */
export function derivedKey(key: Uint8Array, purpose: string): Buffer {
  return createHmac('sha256', key).update(`weir anonymise ${purpose}`).digest();
}

export function keyedDigest(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** Names of one kind get the same pseudonym in either column. */
const KIND: Readonly<Record<string, string>> = {
  parent: 'process',
  src_site: 'site',
  dst_site: 'site',
  src_subnet: 'subnet',
  dst_subnet: 'subnet',
};

/** Of which kind the names of a text column are. */
export function kindOfNames(column: string): string {
  return KIND[column] ?? column;
}

/** What stands for names: `user-3f9a1c...`, keyed HMAC-SHA256; the same name is the same pseudonym as long as the key is the same. */
export class Pseudonyms {
  private readonly key: Buffer;

  constructor(key: Uint8Array) {
    this.key = derivedKey(key, 'names');
  }

  of(kind: string, name: string | number): string {
    return `${kind}-${keyedDigest(this.key, `${kind} ${name}`).toString('hex', 0, 8)}`;
  }

  /** 48 bits that stand for a number. */
  number(kind: string, value: string | number): number {
    return keyedDigest(this.key, `${kind} ${value}`).readUIntBE(0, 6);
  }
}
