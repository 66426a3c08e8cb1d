import { APPLICATIONS, type Application } from '../../flow/index.ts';
import { categoriesOf, compileScheme, type Scheme } from '../categories/scheme.ts';
import type { NamingSettings, UserProcess } from '../naming-settings.ts';
import { type ShippedNames, shippedNames } from '../shipped.ts';

/** What a word says: an application, a service, both or nothing. */
export interface Said {
  readonly application: string;
  readonly service: string;
  /** Of processes: the side that they have on flows of which this is true; absent: either. */
  readonly side?: 'server' | 'client';
}

/** A program is an application where it is asked and another where it asks. */
type ProcessSays = readonly Said[];

/** All names that are known: those that come with Weir, and over them those of the user. */
export interface Vocabulary {
  readonly applications: readonly Application[];
  readonly services: readonly string[];
  readonly scheme: Scheme;
  /** Every category that a flow may get. */
  readonly categories: readonly string[];
  /** By name in lower case. */
  readonly processes: ReadonlyMap<string, ProcessSays>;
  readonly exporterWords: ReadonlyMap<string, Said>;
  readonly serviceByDomain: ReadonlyMap<string, string>;
}

/** Numbers from which those of the user's applications are counted: they are never stored. */
const USER_NUMBERS = 4_096;

export function vocabularyOf(naming: NamingSettings): Vocabulary {
  const shipped = shippedNames();
  const services = { ...shipped.services, ...naming.services };
  const applications = applicationsOf(naming);
  const processes = processesOf(shipped, naming.processes ?? {});
  const exporterWords = exporterWordsOf(shipped, applications, Object.keys(services));
  const scheme = schemeOf(naming, shipped, services);
  const named = [...processes.values()].flat().concat([...exporterWords.values()]);
  return {
    applications,
    services: [
      ...new Set([
        ...Object.keys(services),
        ...named.map((s) => s.service),
        ...(naming.rules ?? []).map((r) => r.service ?? ''),
      ]),
    ].filter((name) => name !== ''),
    scheme,
    categories: [...new Set([...categoriesOf(scheme), ...(naming.rules ?? []).flatMap((r) => r.category ?? [])])],
    processes,
    exporterWords,
    serviceByDomain: new Map(
      Object.entries(services).flatMap(([service, { domains = [] }]) => domains.map((d) => [d.toLowerCase(), service])),
    ),
  };
}

/** The scheme of a node: the one that it was told, with the user's categories over it. */
function schemeOf(
  naming: NamingSettings,
  shipped: ShippedNames,
  services: Parameters<typeof compileScheme>[1],
): Scheme {
  const { scheme = 'default', applications = {}, services: userServices = {}, categories = {} } = naming;
  const file = typeof scheme === 'string' ? shipped.categories[scheme] : scheme;
  const compiled = compileScheme(file ?? shipped.categories.default!, services);
  const listed = Object.entries(categories).flatMap(([category, names]) =>
    names.map((name) => [name, category] as const),
  );
  const over = (
    given: ReadonlyMap<string, string>,
    users: Readonly<Record<string, { category?: string | undefined }>>,
  ) => {
    const own = Object.entries(users).flatMap(([name, u]) => (u.category ? [[name, u.category] as const] : []));
    return new Map([...given, ...own, ...listed]);
  };
  return {
    ...compiled,
    ofApplication: over(compiled.ofApplication, applications),
    ofService: over(compiled.ofService, userServices),
  };
}

/** The registry, then the user's; one of the registry that the user names gets his ports too. */
function applicationsOf({ applications = {}, processes = {}, rules = [] }: NamingSettings): Application[] {
  const all: Application[] = [...APPLICATIONS];
  const known = new Set(all.map((a) => a.name));
  const enter = (name: string, ports: Pick<Application, 'tcp' | 'udp'>) => {
    all.push({ number: USER_NUMBERS + all.length, name, ...ports });
    known.add(name);
  };
  for (const [name, { tcp, udp }] of Object.entries(applications))
    enter(name, { ...(tcp ? { tcp } : {}), ...(udp ? { udp } : {}) });
  for (const { application } of [...Object.values(processes), ...rules])
    if (application && !known.has(application)) enter(application, {});
  return all;
}

function processesOf(
  { processes }: ShippedNames,
  users: Readonly<Record<string, UserProcess>>,
): Map<string, ProcessSays> {
  const found = new Map<string, Said[]>();
  const add = (name: string, said: Said) => {
    found.set(name, [...(found.get(name) ?? []), said]);
  };
  for (const side of ['server', 'client', 'either'] as const)
    for (const [application, names] of Object.entries(processes[side]))
      for (const name of names) add(name, { application, service: '', ...(side === 'either' ? {} : { side }) });
  for (const [service, names] of Object.entries(processes.services))
    for (const name of names) add(name, { application: '', service });
  for (const [name, { application = '', service = '', side }] of Object.entries(users))
    found.set(processKey(name), [{ application, service, ...(side ? { side } : {}) }]);
  return found;
}

/** The name of a process or the path of its program, as it is looked up. */
export function processKey(text: string): string {
  const name = text.slice(Math.max(text.lastIndexOf('/'), text.lastIndexOf('\\')) + 1).toLowerCase();
  return name.endsWith('.exe') ? name.slice(0, -'.exe'.length) : name;
}

const NOTHING: Said = { application: '', service: '' };

function exporterWordsOf(
  { 'exporter-applications': words }: ShippedNames,
  applications: readonly Application[],
  services: readonly string[],
): Map<string, Said> {
  const found = new Map<string, Said>();
  for (const word of words.nothing) found.set(word, NOTHING);
  for (const service of services) found.set(service, { application: '', service });
  for (const [service, list] of Object.entries(words.services))
    for (const word of [service, ...list]) found.set(word, { application: '', service });
  for (const [application, list] of Object.entries(words.applications))
    for (const word of list) found.set(word, { application, service: '' });
  for (const { name } of applications) found.set(name, { application: name, service: '' });
  return found;
}
