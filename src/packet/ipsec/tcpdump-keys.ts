import type { WrittenKey } from './esp-keys.ts';

/**
 * The keys as `tcpdump -E` takes them (tcpdump(1)): `SPI@ADDRESS ALGORITHM:SECRET`, separated by commas or lines; the secret is hexadecimal behind 0x, or
 * its characters are the key. The suffix -hmac96 stands for 12 bytes of check value that are skipped: tcpdump has no key for them.
 */
const ENTRY = /^(0x[0-9a-f]+|\d+)@(\S+)\s+([a-z0-9-]+):(\S+)$/i;

const CHECK_SUFFIX = '-hmac96';

/** The names of OpenSSL that tcpdump takes, for ours. */
const CIPHER_NAMES = new Map([
  ['none', 'null'],
  ['3des-cbc', '3des-cbc'],
  ['des-ede3-cbc', '3des-cbc'],
  ['aes-cbc', 'aes-cbc'],
  ['aes-128-cbc', 'aes-cbc'],
  ['aes-192-cbc', 'aes-cbc'],
  ['aes-256-cbc', 'aes-cbc'],
]);

/** True when the first entry looks like one of tcpdump, which no YAML with `keys:` does. */
export function isTcpdumpFormat(text: string): boolean {
  return /^(0x[0-9a-f]+|\d+)@\S/i.test(entries(text).next().value?.entry ?? '');
}

export function readTcpdumpLines(text: string, file: string, problems: string[]): WrittenKey[] {
  const written: WrittenKey[] = [];
  for (const { entry, line } of entries(text)) {
    const where = `${file}: line ${line}`;
    const parts = ENTRY.exec(entry);
    if (parts) written.push({ where, fields: fieldsOf(parts[1]!, parts[2]!, parts[3]!.toLowerCase(), parts[4]!) });
    else problems.push(`${where}: expected SPI@ADDRESS ALGORITHM:SECRET`);
  }
  return written;
}

function fieldsOf(spi: string, dst: string, algorithm: string, secret: string): WrittenKey['fields'] {
  const hasCheck = algorithm.endsWith(CHECK_SUFFIX);
  const encryption = CIPHER_NAMES.get(hasCheck ? algorithm.slice(0, -CHECK_SUFFIX.length) : algorithm) ?? '';
  const key = /^0x/i.test(secret) ? secret : `0x${Buffer.from(secret, 'latin1').toString('hex')}`;
  return {
    spi,
    dst,
    encryption,
    // Whatever stands behind `none:` is no key.
    ...(encryption === 'null' ? {} : { key }),
    ...(hasCheck ? { authentication: 'hmac-sha1-96' } : {}),
  };
}

function* entries(text: string): Generator<{ entry: string; line: number }> {
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trimStart().startsWith('#')) continue;
    for (const entry of line.split(',')) if (entry.trim() !== '') yield { entry: entry.trim(), line: i + 1 };
  }
}
