import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readCertificate } from './certificate.ts';
import { madeCertificate, madeFiles } from './made-certificate.ts';
import { selfSigned } from './self-signed.ts';

const scratch = mkdtempSync(join(tmpdir(), 'weir-tls-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 23);
const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

function openssl(...args: string[]): string {
  return execFileSync('openssl', args, { encoding: 'utf8' });
}

describe('a certificate that a node makes', () => {
  const file = join(scratch, 'a.pem');
  const key = newKey();
  const names = ['weir.example.org', '192.0.2.10', '2001:db8::1'];
  writeFileSync(file, selfSigned({ key, names, fromMs: Date.now() - DAY, toMs: Date.now() + DAY }));

  it('is read by OpenSSL, which finds its signature right and its names in it', () => {
    expect(openssl('verify', '-check_ss_sig', '-x509_strict', '-CAfile', file, file)).toMatch(/: OK\n$/);
    for (const name of names) {
      const flag = name.includes('example') ? '-checkhost' : '-checkip';
      expect(openssl('x509', '-in', file, '-noout', flag, name)).toMatch(/does match certificate/);
    }
    expect(openssl('x509', '-in', file, '-noout', '-checkip', '192.0.2.11')).toMatch(/does NOT match/);
    const text = openssl('x509', '-in', file, '-noout', '-text');
    expect(text).toMatch(/CA:FALSE/);
    expect(text).toMatch(/Version: 3/);
    expect(text).toMatch(/NIST CURVE: P-256/);
  });

  it('has times of both forms, to the second', () => {
    const from = Date.UTC(2049, 11, 31, 23, 59, 58);
    const to = Date.UTC(2050, 0, 1, 0, 0, 1);
    const x509 = new X509Certificate(selfSigned({ key, names, fromMs: from, toMs: to }));
    expect([Date.parse(x509.validFrom), Date.parse(x509.validTo)]).toEqual([from, to]);
  });
});

describe('what is kept of it', () => {
  const directory = join(scratch, 'tls');
  const first = madeCertificate(directory, ['192.0.2.10'], NOW);

  it('is used again, and is for its user alone', () => {
    expect(madeCertificate(directory, ['192.0.2.10'], NOW + 700 * DAY).fingerprint).toBe(first.fingerprint);
    expect(statSync(madeFiles(directory).key).mode & 0o777).toBe(0o600);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(first.names).toContain('192.0.2.10');
    expect(first.names).toContain('::1');
  });

  it('is made anew 30 days before its end, and for another name; the key stays', () => {
    const { key } = madeFiles(directory);
    const secret = readFileSync(key, 'utf8');
    const later = madeCertificate(directory, ['192.0.2.10'], NOW + 796 * DAY);
    expect(later.fingerprint).not.toBe(first.fingerprint);
    const named = madeCertificate(directory, ['weir.example.org'], NOW + 796 * DAY);
    expect(named.fingerprint).not.toBe(later.fingerprint);
    expect(named.names).toContain('weir.example.org');
    expect(readFileSync(key, 'utf8')).toBe(secret);
  });
});

describe('files of the operator', () => {
  const at = (name: string, content: string) => {
    writeFileSync(join(scratch, name), content);
    return join(scratch, name);
  };
  const key = newKey();
  const cert = at('own.pem', selfSigned({ key, names: ['a'], fromMs: NOW, toMs: NOW + DAY }));
  const pem = (k: typeof key) => k.export({ type: 'pkcs8', format: 'pem' }).toString();
  const right = at('own.key', pem(key));
  const locked = key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString();

  it('are read', () => {
    expect(readCertificate(cert, right)).toMatchObject({ names: ['a'], fromMs: NOW, toMs: NOW + DAY });
  });

  it.each([
    ['another key', cert, at('other.key', pem(newKey())), /other\.key is not the key of the certificate in .*own\.pem/],
    [
      'a key with a passphrase',
      cert,
      at('locked.key', locked),
      /locked\.key: expected a private key .* without a passph/,
    ],
    ['no certificate', right, right, /^tls_cert: .*own\.key: expected a certificate in PEM/],
    ['no file', join(scratch, 'none'), right, /^tls_cert: .*none/],
  ])('are refused where there is %s', (_, certPath, keyPath, message) => {
    expect(() => readCertificate(certPath, keyPath)).toThrow(message);
  });
});
