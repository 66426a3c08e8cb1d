import { columnOf } from '../../flow/index.ts';
import { categoryOf } from '../categories/scheme.ts';
import type { NamingSettings } from '../naming-settings.ts';
import { type Vocabulary, vocabularyOf } from './vocabulary.ts';

/** A name that flows can get. `category` is that of the scheme in use; null where it is in none. */
interface KnownName {
  readonly name: string;
  readonly category: string | null;
  /** Whether the configuration says something of it. */
  readonly own: boolean;
}

export interface KnownApplication extends KnownName {
  /** Where the name says little; else null. */
  readonly title: string | null;
  /** Ports of its servers, and IP protocols that are it whatever they carry. */
  readonly tcp: readonly number[];
  readonly udp: readonly number[];
  readonly ip: readonly number[];
}

interface KnownService extends KnownName {
  /** Names of servers end with these. */
  readonly domains: readonly string[];
}

interface KnownCategory {
  readonly name: string;
  /** How many names are in it. */
  readonly applications: number;
  readonly services: number;
}

interface KnownEvidence {
  readonly name: string;
  readonly meaning: string;
}

/** All names that flows can get from this configuration, each kind in the order of the alphabet; evidence the strongest first. */
export interface KnownNames {
  readonly scheme: string;
  readonly applications: readonly KnownApplication[];
  readonly services: readonly KnownService[];
  readonly categories: readonly KnownCategory[];
  readonly evidence: readonly KnownEvidence[];
}

export function knownNames(naming: NamingSettings): KnownNames {
  const vocabulary = vocabularyOf(naming);
  const applications = applicationsOf(vocabulary, naming);
  const services = servicesOf(vocabulary, naming);
  const inCategory = (names: readonly KnownName[], category: string) =>
    names.filter((known) => known.category === category).length;
  return {
    scheme: vocabulary.scheme.name,
    applications,
    services,
    categories: [...vocabulary.categories].sort(byAlphabet).map((name) => ({
      name,
      applications: inCategory(applications, name),
      services: inCategory(services, name),
    })),
    evidence: EVIDENCE,
  };
}

/** One for each name: what the configuration adds to one that comes with Weir is put together with that. */
function applicationsOf({ applications, scheme }: Vocabulary, naming: NamingSettings): KnownApplication[] {
  const found = new Map<string, KnownApplication>();
  for (const { name, title, tcp = [], udp = [], ip = [] } of applications) {
    const before = found.get(name);
    const joined = (a: readonly number[] | undefined, b: readonly number[]) => [...new Set([...(a ?? []), ...b])];
    found.set(name, {
      name,
      title: before?.title ?? title ?? null,
      category: categoryOf(scheme, name, '') || null,
      own: Object.hasOwn(naming.applications ?? {}, name),
      tcp: joined(before?.tcp, tcp),
      udp: joined(before?.udp, udp),
      ip: joined(before?.ip, ip),
    });
  }
  return [...found.values()].sort((a, b) => byAlphabet(a.name, b.name));
}

function servicesOf({ services, scheme, serviceByDomain }: Vocabulary, naming: NamingSettings): KnownService[] {
  const domains = new Map<string, string[]>();
  for (const [domain, service] of serviceByDomain) domains.set(service, [...(domains.get(service) ?? []), domain]);
  return [...services].sort(byAlphabet).map((name) => ({
    name,
    category: categoryOf(scheme, '', name) || null,
    own: Object.hasOwn(naming.services ?? {}, name),
    domains: domains.get(name) ?? [],
  }));
}

const byAlphabet = (a: string, b: string) => (a < b ? -1 : Number(a > b));

const MEANINGS: Readonly<Record<string, string>> = {
  none: 'nothing tells: there is no name',
  port: 'the port of the server alone, which anybody may use: a guess',
  name: 'a name that the client was given for the address before',
  state: 'another flow announced it',
  payload: 'the first payloads of the flow; of what has no ports, its IP protocol',
  exporter: 'the exporter says so',
  process: 'the process at the end system',
  rule: 'a rule of the configuration (label_rules)',
};

const EVIDENCE: readonly KnownEvidence[] = (columnOf('application_evidence').values ?? [])
  .map((name) => ({ name, meaning: MEANINGS[name] ?? '' }))
  .reverse();
