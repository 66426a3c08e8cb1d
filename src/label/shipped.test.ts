import { expect, it } from 'vitest';
import { APPLICATIONS, findApplication } from '../flow/index.ts';
import { compileScheme } from './categories/scheme.ts';
import { shippedNames } from './shipped.ts';

const names = shippedNames();
const schemes = Object.values(names.categories);
const isKnown = (application: string) => findApplication(application) !== undefined;

it('every application has a category in the default scheme, and every category of a service is one of it', () => {
  const scheme = compileScheme(names.categories.default!, {});
  expect(APPLICATIONS.filter(({ name }) => !scheme.ofApplication.has(name))).toEqual([]);
  const categories = Object.keys(names.categories.default!.categories);
  const strange = Object.entries(names.services).filter(([, s]) => s.category && !categories.includes(s.category));
  expect(strange).toEqual([]);
});

it.each(schemes.map((s) => [s.name, s] as const))('%s knows its applications, and has each once', (_, scheme) => {
  const applications = Object.values(scheme.categories).flatMap((lists) => lists.applications ?? []);
  expect(applications.filter((name) => !isKnown(name))).toEqual([]);
  expect(applications.length).toBe(new Set(applications).size);
});

it('microsoft-2005 has its ten categories', () => {
  expect(Object.keys(names.categories['microsoft-2005']!.categories)).toEqual([
    'Backup',
    'Directory',
    'Email',
    'File',
    'Management',
    'Messenger',
    'RemoteDesktop',
    'RPC',
    'SourceDepot',
    'Web',
  ]);
});

it('processes and words of exporters lead to applications and services that are known', () => {
  const { server, client, either, services } = names.processes;
  const exporters = names['exporter-applications'];
  const applications = [server, client, either, exporters.applications].flatMap((lists) => Object.keys(lists));
  expect(applications.filter((name) => !isKnown(name))).toEqual([]);
  for (const lists of [server, client, either, services]) {
    const all = Object.values(lists).flat();
    expect(all.filter((name, i) => all.indexOf(name) !== i || name !== name.toLowerCase())).toEqual([]);
  }
  const words = [exporters.applications, exporters.services].flatMap((lists) => Object.values(lists).flat());
  expect(words.concat(exporters.nothing).filter((word, i, all) => all.indexOf(word) !== i)).toEqual([]);
});

it('no two services have the same domain', () => {
  const domains = Object.values(names.services).flatMap((s) => s.domains);
  expect(domains.filter((domain, i) => domains.indexOf(domain) !== i)).toEqual([]);
});

it('no two applications have the same port', () => {
  for (const transport of ['tcp', 'udp'] as const) {
    const ports = APPLICATIONS.flatMap((a) =>
      transport in a ? (a as { tcp?: readonly number[] })[transport as 'tcp']! : [],
    );
    expect(ports.filter((port, i) => ports.indexOf(port) !== i)).toEqual([]);
  }
});
