import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { WeirError, whyUnreadable } from '../../base/index.ts';
import { formatAddress, parseAddress } from '../../flow/index.ts';

/** A certificate with its key, as a server uses it. */
export interface Certificate {
  /** PEM: the server's own first, then those between it and the root. */
  readonly cert: string;
  readonly key: string;
  /** SHA-256 of the server's own, as in `AB:CD:...`. */
  readonly fingerprint: string;
  /** ms since 1970. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Names and addresses that it is for. */
  readonly names: readonly string[];
}

/** Reads a pair of PEM files. WeirError `config` that names the file and what is wrong: no certificate, no key, a key with a passphrase, two that do not belong together. */
export function readCertificate(certPath: string, keyPath: string): Certificate {
  const cert = read('tls_cert', certPath);
  const key = read('tls_key', keyPath);
  const x509 = parsed('tls_cert', certPath, 'a certificate in PEM', () => new X509Certificate(cert));
  const secret = parsed('tls_key', keyPath, 'a private key in PEM without a passphrase', () => createPrivateKey(key));
  if (!x509.checkPrivateKey(secret))
    throw wrong('tls_key', `${keyPath} is not the key of the certificate in ${certPath} (${x509.subject})`);
  return certificateOf(cert, key, x509);
}

export function certificateOf(cert: string, key: string, x509 = new X509Certificate(cert)): Certificate {
  return {
    cert,
    key,
    fingerprint: x509.fingerprint256,
    fromMs: Date.parse(x509.validFrom),
    toMs: Date.parse(x509.validTo),
    names: (x509.subjectAltName ?? '').split(', ').map((name) => canonicalName(name.replace(/^(DNS|IP Address):/, ''))),
  };
}

/** Addresses in the one form that they are compared in (RFC 5952), names in small letters. */
export function canonicalName(name: string): string {
  const address = parseAddress(name);
  return address === null ? name.toLowerCase() : formatAddress(address);
}

function read(setting: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw wrong(setting, `${path}: ${whyUnreadable(error)}`);
  }
}

function parsed<T extends X509Certificate | KeyObject>(
  setting: string,
  path: string,
  expected: string,
  parse: () => T,
): T {
  try {
    return parse();
  } catch (cause) {
    throw wrong(setting, `${path}: expected ${expected}`, cause);
  }
}

function wrong(setting: string, message: string, cause?: unknown): WeirError {
  return new WeirError('config', `${setting}: ${message}`, { cause });
}
