import type { Application } from '../../flow/index.ts';
import { categoryOf } from '../categories/scheme.ts';
import { type Vocabulary, vocabularyOf } from '../names/vocabulary.ts';
import type { NamingSettings } from '../naming-settings.ts';
import { TCP } from './state-rules.ts';

/** What names mean to who writes them late. Read when the first is written: most stores are opened for a question, and none comes. */
export class LateVocabulary {
  private readonly naming: NamingSettings;
  private vocabulary: Vocabulary | null = null;
  private tcp: Uint8Array = new Uint8Array(0);
  private udp: Uint8Array = new Uint8Array(0);

  constructor(naming: NamingSettings) {
    this.naming = naming;
  }

  /** All applications and services that this node can name by itself. */
  names(): string[] {
    const { applications, services } = this.read();
    return [...applications.map(({ name }) => name), ...services];
  }

  category(application: string, service: string): string {
    return categoryOf(this.read().scheme, application, service);
  }

  /** Whether an application has this port of servers. */
  hasPort(protocol: number, port: number): boolean {
    this.read();
    return (protocol === TCP ? this.tcp : this.udp)[port] === 1;
  }

  private read(): Vocabulary {
    if (this.vocabulary === null) {
      this.vocabulary = vocabularyOf(this.naming);
      this.tcp = portsOf(this.vocabulary.applications, 'tcp');
      this.udp = portsOf(this.vocabulary.applications, 'udp');
    }
    return this.vocabulary;
  }
}

function portsOf(applications: readonly Application[], transport: 'tcp' | 'udp'): Uint8Array {
  const ports = new Uint8Array(65_536);
  for (const application of applications) for (const port of application[transport] ?? []) ports[port] = 1;
  return ports;
}
