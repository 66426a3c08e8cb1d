import { type Finding, fail, ok, warn } from '../finding.ts';
import { formatListenAddress, isLoopback, type ListenAddress } from '../listen-address.ts';
import type { TlsStatus } from './tls-keeper.ts';

/** Somebody has to ask for another one, and wait for it. */
const SOON_MS = 14 * 86_400_000;

/** How the API can be reached: whether what goes over the network can be read there, and how long the certificate lasts. `tls`: null without. */
export function tlsFindings(http: ListenAddress | null, tls: TlsStatus | null, nowMs: number): Finding[] {
  if (http === null) return [];
  if (tls !== null) return [...certificateFindings(tls, nowMs)];
  if (isLoopback(http.address)) return [];
  const where = formatListenAddress(http);
  return [
    warn(
      'tls',
      `the API on ${where} can be reached from other machines without TLS: passwords, tokens and answers can be read on the way`,
      'set https: on (the node makes a certificate), or tls_cert and tls_key; or listen on 127.0.0.1 behind a proxy that speaks TLS',
    ),
  ];
}

function certificateFindings({ certificate, isOwn, directory, trouble }: TlsStatus, nowMs: number): Finding[] {
  const { fromMs, toMs, fingerprint } = certificate;
  const until = new Date(toMs).toISOString().slice(0, 10);
  const renew = 'put another one into the files of tls_cert and tls_key: it is used within 30 s, or at once on SIGHUP';
  const findings: Finding[] = [];
  if (trouble !== '')
    findings.push(
      warn('tls', `another certificate cannot be used: ${trouble}`, 'mend the files: the one before stays until then'),
    );
  if (nowMs >= toMs) return [...findings, fail('tls', `the certificate ran out on ${until}: clients refuse it`, renew)];
  if (nowMs < fromMs)
    return [
      ...findings,
      fail(
        'tls',
        `the certificate is valid from ${new Date(fromMs).toISOString()} on`,
        'look at the clock of this machine',
      ),
    ];
  if (isOwn && toMs - nowMs < SOON_MS) return [...findings, warn('tls', `the certificate runs out on ${until}`, renew)];
  const text = `https with ${isOwn ? 'the certificate of tls_cert' : 'a certificate that this node made'}, until ${until}, SHA-256 ${fingerprint}`;
  const trust = `clients trust it by --fingerprint, or by --ca with a copy of ${directory}/cert.pem`;
  return [...findings, isOwn ? ok('tls', text) : ok('tls', text, trust)];
}
