/** How a cipher of ESP is used: the lengths that its RFC gives it, and its name in OpenSSL by the bytes of its key. */
export interface Cipher {
  readonly mode: 'null' | 'cbc' | 'ctr' | 'aead';
  /** Names in OpenSSL, by bytes of key without salt. */
  readonly algorithms: Readonly<Record<number, string>>;
  /** Bytes behind the key that are the first of each nonce, and never in a packet. */
  readonly saltBytes: number;
  /** Bytes of initialization vector before the encrypted text. */
  readonly vectorBytes: number;
  /** Padding fills up to it; never below the 4 that ESP aligns to. */
  readonly blockBytes: number;
}

const AES = (mode: string) => ({ 16: `aes-128-${mode}`, 24: `aes-192-${mode}`, 32: `aes-256-${mode}` });

export const CIPHERS = {
  /** RFC 2410. */
  null: { mode: 'null', algorithms: { 0: '' }, saltBytes: 0, vectorBytes: 0, blockBytes: 4 },
  /** RFC 2451. */
  '3des-cbc': { mode: 'cbc', algorithms: { 24: 'des-ede3-cbc' }, saltBytes: 0, vectorBytes: 8, blockBytes: 8 },
  /** RFC 3602. */
  'aes-cbc': { mode: 'cbc', algorithms: AES('cbc'), saltBytes: 0, vectorBytes: 16, blockBytes: 16 },
  /** RFC 3686. */
  'aes-ctr': { mode: 'ctr', algorithms: AES('ctr'), saltBytes: 4, vectorBytes: 8, blockBytes: 4 },
  /** RFC 4106. */
  'aes-gcm': { mode: 'aead', algorithms: AES('gcm'), saltBytes: 4, vectorBytes: 8, blockBytes: 4 },
  /** RFC 7634. */
  'chacha20-poly1305': {
    mode: 'aead',
    algorithms: { 32: 'chacha20-poly1305' },
    saltBytes: 4,
    vectorBytes: 8,
    blockBytes: 4,
  },
} as const satisfies Record<string, Cipher>;

export type CipherName = keyof typeof CIPHERS;

/** How the check value (ICV) is made: the hash of HMAC, and the bytes of it that are sent. */
export interface Integrity {
  readonly hash: string;
  readonly checkBytes: number;
}

export const INTEGRITIES = {
  none: { hash: '', checkBytes: 0 },
  /** RFC 2403. */
  'hmac-md5-96': { hash: 'md5', checkBytes: 12 },
  /** RFC 2404. */
  'hmac-sha1-96': { hash: 'sha1', checkBytes: 12 },
  /** RFC 4868. */
  'hmac-sha2-256-128': { hash: 'sha256', checkBytes: 16 },
  'hmac-sha2-384-192': { hash: 'sha384', checkBytes: 24 },
  'hmac-sha2-512-256': { hash: 'sha512', checkBytes: 32 },
} as const satisfies Record<string, Integrity>;

export type IntegrityName = keyof typeof INTEGRITIES;

/** What is known of one security association. Made by parseEspKeys; holds secrets: never shown, never logged. */
export interface EspKey {
  readonly spi: number;
  /** Null: whatever the destination is. */
  readonly dst: readonly [number, number, number, number] | null;
  readonly cipher: CipherName;
  /** Without the salt. */
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
  readonly integrity: IntegrityName;
  /** Null: the check value is skipped and cannot be checked. */
  readonly integrityKey: Uint8Array | null;
  readonly checkBytes: number;
  /** Extended sequence numbers (RFC 4303 section 2.2.1): the upper half of the first packet's; null when they are not used. */
  readonly sequenceHigh: number | null;
}
