import type { Server } from 'node:https';
import { type Log, systemClock } from '../../base/index.ts';
import { revisionOf } from '../file-revision.ts';
import { type Certificate, canonicalName, readCertificate } from './certificate.ts';
import { madeCertificate } from './made-certificate.ts';

export interface TlsSource {
  /** The operator's own; null: the node makes one. */
  readonly own: { readonly cert: string; readonly key: string } | null;
  /** `DATA/tls`. */
  readonly directory: string;
  /** By which the node is called, beside the names and addresses of its machine. */
  readonly names: readonly string[];
  readonly log: Log;
}

export interface TlsStatus {
  readonly certificate: Certificate;
  readonly isOwn: boolean;
  readonly directory: string;
  /** Why what is in the files now is not in use; empty where it is. */
  readonly trouble: string;
}

/** How often the files are looked at, and whether it is time for another certificate. */
const LOOK_MS = 30_000;

/** The certificate of the node: read or made at the start, and again when its files change or it runs out. Connections that are open stay as they are. */
export class TlsKeeper {
  private readonly source: TlsSource;
  private certificate: Certificate;
  private revision: string;
  private trouble = '';
  private server: Server | null = null;
  private readonly timer: NodeJS.Timeout;

  /** WeirError `config` where the operator's files are no pair that a server can use. */
  constructor(source: TlsSource) {
    this.source = source;
    this.revision = this.revisionNow();
    this.certificate = this.read();
    this.timer = setInterval(() => this.look(), LOOK_MS).unref();
    this.tell();
  }

  /** What a server of HTTPS is made with. TLS 1.2 at least (RFC 9325 section 3.1.1). */
  options({ cert, key } = this.certificate) {
    return { cert, key, minVersion: 'TLSv1.2' } as const;
  }

  serve(server: Server): void {
    this.server = server;
  }

  /** Takes what is in the files now for connections that come from now on; what cannot be used is told, and the one before stays. */
  look(): void {
    const revision = this.revisionNow();
    if (this.source.own !== null && revision === this.revision) return;
    this.revision = revision;
    try {
      const found = this.read();
      this.trouble = '';
      if (found.fingerprint === this.certificate.fingerprint) return;
      this.server?.setSecureContext(this.options(found));
      this.certificate = found;
      this.tell();
    } catch (error) {
      this.trouble = (error as Error).message;
      this.source.log.error({ err: error }, 'the certificate on disk cannot be used: the one before stays');
    }
  }

  status(): TlsStatus {
    const { certificate, trouble, source } = this;
    return { certificate, trouble, isOwn: source.own !== null, directory: source.directory };
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private read(): Certificate {
    const { own, directory, names } = this.source;
    if (own !== null) return readCertificate(own.cert, own.key);
    return madeCertificate(directory, names.map(canonicalName), systemClock.now());
  }

  private revisionNow(): string {
    const { own } = this.source;
    return own === null ? '' : `${revisionOf(own.cert)} ${revisionOf(own.key)}`;
  }

  private tell(): void {
    const { fingerprint, toMs, names } = this.certificate;
    this.source.log.info(
      { fingerprint, until: new Date(toMs).toISOString(), names },
      this.source.own === null ? 'certificate, made by this node' : 'certificate',
    );
  }
}
