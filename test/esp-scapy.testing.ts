import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Debian's own, which has scapy: another python3 may come first in the path. */
const PYTHON = '/usr/bin/python3';
export const scapy = await run(PYTHON, ['-c', 'import scapy.layers.ipsec, cryptography']).then(
  () => true,
  () => false,
);

/** Name in our key files, name in scapy, bytes of key material. */
type Named = readonly [ours: string, scapy: string, bytes: number];

const NONE: Named = ['none', 'NULL', 0];
const SHA1: Named = ['hmac-sha1-96', 'HMAC-SHA1-96', 20];
const AUTHENTICATIONS: readonly Named[] = [
  ['hmac-md5-96', 'HMAC-MD5-96', 16],
  SHA1,
  ['hmac-sha2-256-128', 'SHA2-256-128', 32],
  ['hmac-sha2-384-192', 'SHA2-384-192', 48],
  ['hmac-sha2-512-256', 'SHA2-512-256', 64],
];
const aes = (ours: string, scapyName: string, salt: number) =>
  [16, 24, 32].map((bytes): Named => [ours, scapyName, bytes + salt]);
const GCM = aes('aes-gcm', 'AES-GCM', 4);

export interface Suite {
  encryption: Named;
  authentication: Named;
  check?: number;
  esn?: number;
}

export const NULL_SUITES: readonly Suite[] = [NONE, ...AUTHENTICATIONS].map((authentication) => ({
  encryption: ['null', 'NULL', 0],
  authentication,
}));
export const KEYED_SUITES: readonly Suite[] = [
  ...AUTHENTICATIONS.map((authentication): Suite => ({ encryption: ['aes-cbc', 'AES-CBC', 16], authentication })),
  ...[...aes('aes-cbc', 'AES-CBC', 0).slice(1), ...aes('aes-ctr', 'AES-CTR', 4)].map(
    (encryption): Suite => ({ encryption, authentication: SHA1 }),
  ),
  { encryption: ['3des-cbc', '3DES', 24], authentication: SHA1 },
  ...GCM.flatMap((encryption) => [8, 12, 16].map((check): Suite => ({ encryption, authentication: NONE, check }))),
  { encryption: ['chacha20-poly1305', 'CHACHA20-POLY1305', 36], authentication: NONE },
  { encryption: GCM[0]!, authentication: NONE, esn: 5 },
];

export const WAYS = [
  { mode: 'transport', udp: false, outer: 4, inner: 4 },
  { mode: 'transport', udp: false, outer: 6, inner: 6 },
  { mode: 'tunnel', udp: false, outer: 4, inner: 4 },
  { mode: 'tunnel', udp: false, outer: 4, inner: 6 },
  { mode: 'tunnel', udp: false, outer: 6, inner: 4 },
  { mode: 'transport', udp: true, outer: 4, inner: 4 },
  { mode: 'tunnel', udp: true, outer: 4, inner: 4 },
] as const;

/** Of the packets that esp-scapy.py seals in each case. */
export const PACKETS = 15;

/** Key material that is the same in each run. */
function material(bytes: number, label: string): string {
  let hex = '';
  for (let n = 0; hex.length < 2 * bytes; n++) hex += createHash('sha256').update(`${label} ${n}`).digest('hex');
  return hex.slice(0, 2 * bytes);
}

/** The names of tshark, by those of scapy. It knows no ChaCha20-Poly1305, and no extended sequence numbers. */
const TSHARK_NAMES: Readonly<Record<string, string>> = {
  NULL: 'NULL',
  'AES-CBC': 'AES-CBC [RFC3602]',
  'AES-CTR': 'AES-CTR [RFC3686]',
  'AES-GCM 8': 'AES-GCM with 8 octet ICV [RFC4106]',
  'AES-GCM 12': 'AES-GCM with 12 octet ICV [RFC4106]',
  'AES-GCM 16': 'AES-GCM with 16 octet ICV [RFC4106]',
  '3DES': 'TripleDES-CBC [RFC2451]',
  'HMAC-SHA1-96': 'HMAC-SHA-1-96 [RFC2404]',
  'HMAC-MD5-96': 'HMAC-MD5-96 [RFC2403]',
  'SHA2-256-128': 'HMAC-SHA-256-128 [RFC4868]',
  'SHA2-384-192': 'HMAC-SHA-384-192 [RFC4868]',
  'SHA2-512-256': 'HMAC-SHA-512-256 [RFC4868]',
};

export interface Sealed {
  keyFile: string;
  /** Options of tshark for the same keys. */
  tsharkKeys: string[];
  cases: number;
  sealed: string;
  plain: string;
}

/** Captures by scapy of each suite in each way, in `folder`, and the key files for them. */
export async function seal(folder: string, name: string, suites: readonly Suite[]): Promise<Sealed> {
  const cases = suites.flatMap(({ encryption, authentication, ...rest }, s) =>
    WAYS.map((way, w) => ({
      ...way,
      ...rest,
      spi: 0x1000 + 16 * s + w,
      encryption: encryption[1],
      key: material(encryption[2], `key ${s} ${w}`),
      authentication: authentication[1],
      authentication_key: material(authentication[2], `authentication ${s} ${w}`),
    })),
  );
  const keyFile = cases.map((c, i) => {
    const { encryption, authentication, check, esn } = suites[Math.floor(i / WAYS.length)]!;
    const lines = [`- spi: ${c.spi}`, `encryption: ${encryption[0]}`, `authentication: ${authentication[0]}`];
    if (c.key) lines.push(`key: 0x${c.key}`);
    if (c.authentication_key) lines.push(`authentication_key: 0x${c.authentication_key}`);
    if (check) lines.push(`check_bytes: ${check}`);
    if (esn) lines.push(`sequence_high: ${esn}`);
    return lines.join('\n    ');
  });
  const tsharkKeys = cases.flatMap((c) => {
    const encryption = TSHARK_NAMES['check' in c ? `${c.encryption} ${c.check}` : c.encryption];
    const authentication = TSHARK_NAMES[c.authentication];
    if (!encryption || 'esn' in c) return [];
    const spi = `0x${c.spi.toString(16).padStart(8, '0')}`;
    const hex = (key: string) => (key ? `0x${key}` : '');
    const fields = [`IPv${c.outer}`, '*', '*', spi, encryption, hex(c.key), authentication, hex(c.authentication_key)];
    return ['-o', `uat:esp_sa:${fields.map((field) => `"${field}"`).join(',')}`];
  });
  const [list, sealed, plain] = ['json', 'sealed.pcap', 'plain.pcap'].map((end) => join(folder, `${name}.${end}`));
  writeFileSync(list!, JSON.stringify(cases));
  await run(PYTHON, [join(import.meta.dirname, 'esp-scapy.py'), list!, sealed!, plain!]);
  return {
    keyFile: `keys:\n  ${keyFile.join('\n  ')}\n`,
    tsharkKeys,
    cases: cases.length,
    sealed: sealed!,
    plain: plain!,
  };
}
