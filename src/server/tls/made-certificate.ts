import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { replaceFile } from '../../store/index.ts';
import { type Certificate, canonicalName, certificateOf, readCertificate } from './certificate.ts';
import { selfSigned } from './self-signed.ts';

const DAY_MS = 86_400_000;
/** Some systems trust no certificate of a server that is valid for longer. */
const VALID_MS = 825 * DAY_MS;
const RENEW_MS = 30 * DAY_MS;
/** Clocks of others may be behind. */
const BACKDATED_MS = DAY_MS;

/** Where the certificate that a node makes for itself is kept, in `DATA/tls`. */
export function madeFiles(directory: string): { readonly cert: string; readonly key: string } {
  return { cert: join(directory, 'cert.pem'), key: join(directory, 'key.pem') };
}

/**
 * The certificate that is kept, or another one: where none is there, where it ends within 30 days, and where it lacks one of `wanted`. Its key stays, with mode 0600.
 * Errors of the file system pass through; WeirError `config` where what is kept cannot be read.
 */
export function madeCertificate(directory: string, wanted: readonly string[], nowMs: number): Certificate {
  const files = madeFiles(directory);
  if (existsSync(files.cert) && existsSync(files.key)) {
    const kept = readCertificate(files.cert, files.key);
    const isWhole = wanted.every((name) => kept.names.includes(name));
    if (isWhole && kept.toMs - nowMs > RENEW_MS) return kept;
  }
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const key = existsSync(files.key) ? createPrivateKey(readFileSync(files.key)) : newKey();
  const names = [...new Set([...wanted, ...ownNames()])];
  const cert = selfSigned({ key, names, fromMs: nowMs - BACKDATED_MS, toMs: nowMs + VALID_MS });
  const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
  replaceFile(files.key, pem, 0o600);
  replaceFile(files.cert, cert, 0o644);
  return certificateOf(cert, pem);
}

function newKey() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

/** By which this machine may be called: its name, and the addresses that it has now. */
function ownNames(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list = []) => list.map(({ address }) => address));
  const global = addresses.filter((address) => !/^fe[89ab]/i.test(address)).map(canonicalName);
  return [...new Set([hostname(), 'localhost', ...global])].filter((name) => /^[a-z0-9.:-]{1,253}$/i.test(name));
}
