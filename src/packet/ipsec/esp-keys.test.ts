import { describe, expect, test } from 'vitest';
import { WeirError } from '../../base/index.ts';
import { parseEspKeys } from '../index.ts';

const hex = (bytes: number, byte = 'ab') => `0x${byte.repeat(bytes)}`;

function mistakes(text: string): string[] {
  try {
    parseEspKeys(text, 'keys.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(WeirError);
    expect((error as WeirError).code).toBe('usage');
    return (error as WeirError).details.problems as string[];
  }
  return [];
}

describe('a key file', () => {
  test('that is none is told by its first mistakes and how many more there are; programs get all', () => {
    const text = Array.from({ length: 50 }, (_, i) => `0x${i}@192.0.2.1 nonsense`).join('\n');
    expect(mistakes(text)).toHaveLength(50);
    expect(() => parseEspKeys(text, 'keys.yaml')).toThrow(
      /^the key file has 50 mistakes:(\n {2}.*){10}\n {2}and 40 more$/,
    );
  });

  test('has security associations with their algorithms and keys; the salt is at the end of the key', () => {
    const keys = parseEspKeys(
      `keys:
  - spi: 0x12345678
    dst: 192.0.2.45
    encryption: aes-gcm
    key: ${hex(16)}01020304
    check_bytes: 12
  - spi: 4096
    encryption: AES-CBC
    key: "0xabab abab_abababab abababababababab"
    authentication: hmac-sha2-256-128
    authentication_key: ${hex(32, 'cd')}
    sequence_high: 3
  - {spi: 7, dst: '2001:db8::1', encryption: 'null', authentication: hmac-sha1-96}
`,
      'keys.yaml',
    );
    expect(keys).toEqual([
      {
        spi: 0x12345678,
        dst: [0, 0, 0xffff, 0xc000022d],
        cipher: 'aes-gcm',
        key: new Uint8Array(16).fill(0xab),
        salt: Uint8Array.of(1, 2, 3, 4),
        integrity: 'none',
        integrityKey: null,
        checkBytes: 12,
        sequenceHigh: null,
      },
      {
        spi: 4096,
        dst: null,
        cipher: 'aes-cbc',
        key: new Uint8Array(16).fill(0xab),
        salt: new Uint8Array(0),
        integrity: 'hmac-sha2-256-128',
        integrityKey: new Uint8Array(32).fill(0xcd),
        checkBytes: 16,
        sequenceHigh: 3,
      },
      {
        spi: 7,
        dst: [0x20010db8, 0, 0, 1],
        cipher: 'null',
        key: new Uint8Array(0),
        salt: new Uint8Array(0),
        integrity: 'hmac-sha1-96',
        integrityKey: null,
        checkBytes: 12,
        sequenceHigh: null,
      },
    ]);
  });

  test('is refused with every mistake in one message', () => {
    const found = mistakes(`keys:
  - {spi: 0, encryption: aes-cbc, key: ${hex(15)}}
  - {spi: 1, dst: nowhere, encryption: rot13, key: ${hex(16)}}
  - {spi: 2, encryption: aes-gcm, key: ${hex(20)}, authentication: hmac-sha1-96, check_bytes: 9}
  - {spi: 3, encryption: aes-cbc, key: ${hex(16)}, colour: red}
  - {spi: 4, encryption: aes-cbc, key: ${hex(16)}}
  - {spi: 4, encryption: aes-cbc, key: ${hex(16)}}
  - a word
`);
    expect(found).toEqual([
      'keys.yaml: keys[0].spi: expected a number from 1 to 0xffffffff',
      'keys.yaml: keys[0].key: expected 16, 24, 32 bytes for aes-cbc',
      'keys.yaml: keys[1].dst: expected an IPv4 or IPv6 address',
      'keys.yaml: keys[1].encryption: expected one of null, 3des-cbc, aes-cbc, aes-ctr, aes-gcm, chacha20-poly1305',
      'keys.yaml: keys[2].check_bytes: expected 8, 12 or 16, with aes-gcm',
      'keys.yaml: keys[2].authentication: expected none, as aes-gcm has its own',
      'keys.yaml: keys[3]: a field that there is not; there are spi, dst, encryption, key, authentication, authentication_key, check_bytes, sequence_high',
      'keys.yaml: keys[5]: the same spi and dst as keys.yaml: keys[4]',
      'keys.yaml: keys[6].spi: expected a number from 1 to 0xffffffff',
      'keys.yaml: keys[6].encryption: expected one of null, 3des-cbc, aes-cbc, aes-ctr, aes-gcm, chacha20-poly1305',
    ]);
  });

  test.each([
    ['an odd number of digits', `keys: [{spi: 1, encryption: aes-cbc, key: 0xSECRET5ecre7}]`],
    ['a key in the place of another field', `keys: [{spi: 0x5ecre75ecre7, encryption: 5ecre7, key: ${hex(16)}}]`],
    ['a key as the name of a field', `keys: [{5ecre7: 1}]`],
    ['no YAML', `keys: [{spi: 1, key: 5ecre7`],
    ['a name twice', 'keys: [{5ecre7: 1, 5ecre7: 2}]'],
    ['aliases', 'a: &a [5ecre7]\nkeys: *a'],
    ['lists in lists', `keys: ${'['.repeat(20_000)}5ecre7`],
    ['no list', 'keys: 5ecre7'],
    ['nothing', ''],
    ['a line of tcpdump', '0x1@192.0.2.1 aes-cbc-5ecre7'],
    ['an algorithm of tcpdump that is not read', '0x1@192.0.2.1 blowfish-cbc:5ecre7'],
  ])('never shows what it holds: %s', (_, text) => {
    const found = mistakes(text);
    expect(found.length).toBeGreaterThan(0);
    expect(found.join('\n').toLowerCase()).not.toContain('5ecre7');
  });

  test('may be the lines that tcpdump takes, apart by commas or by lines', () => {
    const keys = parseEspKeys(
      `# a comment
0x1000@192.0.2.1 3des-cbc-hmac96:${hex(24)},4097@2001:db8::1 aes-128-cbc:sixteen letters.
0x1002@192.0.2.1 none-hmac96:0x`.replace('sixteen letters.', 'sixteen-letters.'),
      'esp.secrets',
    );
    expect(keys.map(({ spi, cipher, checkBytes, integrityKey }) => [spi, cipher, checkBytes, integrityKey])).toEqual([
      [0x1000, '3des-cbc', 12, null],
      [4097, 'aes-cbc', 0, null],
      [0x1002, 'null', 12, null],
    ]);
    expect(Buffer.from(keys[1]!.key).toString()).toBe('sixteen-letters.');
  });
});
