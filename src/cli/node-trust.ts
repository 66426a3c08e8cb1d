import { readFileSync } from 'node:fs';
import type { ClientRequestArgs } from 'node:http';
import type { RequestOptions } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect } from 'node:tls';
import { WeirError, whyUnreadable } from '../base/index.ts';

/** Whom a command takes for the node behind an https URL; without either, whom the certificates that come with Node vouch for (and NODE_EXTRA_CA_CERTS). */
export interface Trust {
  /** PEM: whoever one of these certificates vouches for. */
  readonly ca?: string;
  /** SHA-256 of the certificate of the node, in capitals without colons: that one and no other, whatever else it says. */
  readonly fingerprint?: string;
}

/** From `--ca` and `--fingerprint`, or WEIR_CA and WEIR_FINGERPRINT. WeirError `usage` where one of them cannot be used. */
export function readTrust(
  flags: { readonly ca?: string; readonly fingerprint?: string },
  env: Readonly<Record<string, string | undefined>>,
): Trust {
  const ca = flags.ca ?? env.WEIR_CA;
  const fingerprint = flags.fingerprint ?? env.WEIR_FINGERPRINT;
  return {
    ...(ca === undefined ? {} : { ca: readCa(ca) }),
    ...(fingerprint === undefined ? {} : { fingerprint: readFingerprint(fingerprint) }),
  };
}

function readCa(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new WeirError('usage', `--ca: ${path}: ${whyUnreadable(error)}`);
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new WeirError('usage', `--ca: ${path}: expected a certificate in PEM`);
}

function readFingerprint(text: string): string {
  const digits = text
    .replace(/^sha-?256[:= ]/i, '')
    .replaceAll(':', '')
    .toUpperCase();
  if (/^[0-9A-F]{64}$/.test(digits)) return digits;
  throw new WeirError(
    'usage',
    `--fingerprint: expected SHA-256 as 64 hexadecimal digits, with or without colons, not "${text}"`,
  );
}

/** What a request over TLS is made with. */
export function tlsOptions({ ca, fingerprint }: Trust): RequestOptions {
  if (fingerprint === undefined) return ca === undefined ? {} : { ca };
  return { createConnection: (options, done) => pinned(options, fingerprint, done) };
}

/** A connection that is given away only when the other end has shown the certificate: before, nothing is sent over it, no token either. */
function pinned(
  { host, port }: ClientRequestArgs,
  fingerprint: string,
  done: (error: Error | null, socket: Socket) => void,
): undefined {
  const name = host ?? 'localhost';
  const options: ConnectionOptions = { host: name, port: Number(port), servername: isIP(name) === 0 ? name : '' };
  // Who vouches for it does not matter: it is compared with the one that is expected.
  const socket = connect({ ...options, rejectUnauthorized: false, minVersion: 'TLSv1.2' });
  socket.once('error', (error) => done(error, socket));
  socket.once('secureConnect', () => {
    const shown = socket.getPeerX509Certificate()?.fingerprint256.replaceAll(':', '') ?? '';
    if (shown === fingerprint) return done(null, socket);
    socket.destroy();
    const error = new Error(`its certificate has the SHA-256 fingerprint ${shown}, not that of --fingerprint`);
    done(Object.assign(error, { code: 'ERR_FINGERPRINT' }), socket);
  });
}

const UNTRUSTED =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?)$/;
const TRUST_ADVICE =
  'name its certificate, or one that vouches for it, with --ca FILE; or its SHA-256, which the node logs at its start and weir doctor tells, with --fingerprint';

/** Why a connection over TLS was not made, and what to do; null where TLS is not the reason. */
export function whyNoTrust({ code = '', message }: NodeJS.ErrnoException): string | null {
  if (code === 'ERR_FINGERPRINT') return `${message}: this is another node, or it has a new certificate`;
  if (UNTRUSTED.test(code)) return `nobody vouches for its certificate (${code}): ${TRUST_ADVICE}`;
  if (code === 'CERT_HAS_EXPIRED') return 'its certificate has run out: its operator must put in another one';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `its certificate is for other names: ${message}`;
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/.test(`${code} ${message}`))
    return 'it does not speak TLS: try http:// instead of https://';
  return null;
}
