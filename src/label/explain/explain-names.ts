import { categoryOf } from '../categories/scheme.ts';
import { hasRecogniser } from '../names/recognised-applications.ts';
import { domainOfName, serviceOfName } from '../names/server-names.ts';
import { rulesNaming, whyRule } from './explain-rules.ts';
import { whyTold } from './explain-told.ts';
import { type Explanation, type NamedRecord, numberOf, textOf } from './explanation.ts';
import type { KnownNames } from './known-names.ts';
import { isWithoutPorts, portInWords, portSides } from './server-port.ts';

const UDP = 17;

/** What would be stronger evidence than the present one, the strongest last. */
const TOLD = 'application names of the exporter (NBAR2, IPFIX 95 and 96); the process, where an agent runs at an end';
const STRONGER: Readonly<Record<string, string>> = {
  none: `payload, where packets are metered (weir up --capture, weir probe); ${TOLD}`,
  port: `payload, where packets are metered (weir up --capture, weir probe); ${TOLD}`,
  name: 'the name of the server in the flow itself, where packets are metered; application names of the exporter; the process, where an agent runs at an end',
  state: 'payload of this flow, where packets are metered; the process, where an agent runs at an end',
  payload: 'the process, where an agent runs at an end',
  exporter: 'the process, where an agent runs at an end',
};

export function explainApplication(record: NamedRecord, known: KnownNames): Explanation {
  const value = textOf(record, 'application');
  const evidence = textOf(record, 'application_evidence') || 'none';
  return {
    name: 'application',
    value: value || null,
    evidence,
    because: whyApplication(record, known, value, evidence),
    stronger: strongerThan(evidence, record),
  };
}

/** Of what payload was seen, payload is not missing. */
function strongerThan(evidence: string, record: NamedRecord): string | null {
  if (evidence !== 'none' && evidence !== 'port') return STRONGER[evidence] ?? null;
  if (isOfNothing(record)) return TOLD;
  const isMetered = textOf(record, 'format') === 'meter';
  return isMetered
    ? `the first payloads of the conversation, which the meter did not see; ${TOLD}`
    : STRONGER[evidence]!;
}

/** A meter saw its first payloads, and recognised nothing. */
function isOfNothing(record: NamedRecord): boolean {
  return textOf(record, 'security') === 'ok' && !['payload', 'state'].includes(textOf(record, 'application_evidence'));
}

function whyApplication(record: NamedRecord, known: KnownNames, value: string, evidence: string): string {
  switch (evidence) {
    case 'port':
      return whyPort(record, known, value);
    case 'payload':
      return isWithoutPorts(record) && portSides(record, known).application === value
        ? `IP protocol ${numberOf(record, 'protocol')} is ${value}: its number stands in the header of each packet`
        : 'a meter recognised it in the first payloads of the flow';
    default:
      return whyTold(record, known, 'application', evidence) ?? whyNone(record, known);
  }
}

function whyPort(record: NamedRecord, known: KnownNames, value: string): string {
  const { port, application } = portSides(record, known);
  const of = portInWords(record, port);
  if (application !== value) return `it was stored so; today ${of} stands for ${application || 'nothing'}`;
  const transport = numberOf(record, 'protocol') === UDP ? 'udp' : 'tcp';
  const isOwn = known.own.applications?.[value]?.[transport]?.includes(port);
  const where = isOwn ? 'stands under `applications` of the configuration' : 'is registered';
  return `${of} ${where} for ${value}, and no other port of the flow is likelier the server's`;
}

function whyNone(record: NamedRecord, known: KnownNames): string {
  const { application } = portSides(record, known);
  const isSeen = isOfNothing(record);
  if (isSeen && application !== '' && hasRecogniser(application, numberOf(record, 'protocol') === UDP ? 'udp' : 'tcp'))
    return `payload was seen and is not of ${application}, for which the port is registered, nor of anything else that is recognised`;
  const payload = isSeen ? 'its payload is of nothing that is recognised' : 'nothing else tells';
  return `${noPort(record, known)}, and ${payload}`;
}

function noPort(record: NamedRecord, known: KnownNames): string {
  if (isWithoutPorts(record)) return `IP protocol ${numberOf(record, 'protocol')} stands for no application`;
  return `${portInWords(record, portSides(record, known).port)} is registered for no application`;
}

export function explainService(record: NamedRecord, known: KnownNames): Explanation {
  const value = textOf(record, 'service');
  const evidence = textOf(record, 'service_evidence') || 'none';
  return {
    name: 'service',
    value: value || null,
    evidence,
    because: whyService(record, known, evidence),
    stronger: evidence === 'rule' || evidence === 'process' ? null : (STRONGER[evidence] ?? null),
  };
}

function whyService(record: NamedRecord, known: KnownNames, evidence: string): string {
  const server = textOf(record, 'server_name');
  switch (evidence) {
    case 'payload':
      return byName(server, known);
    case 'name':
      return 'another flow or an answer of DNS gave the address of the server that name';
    default:
      return (
        whyTold(record, known, 'service', evidence) ??
        (server === '' ? 'no name of a server is known of it' : byName(server, known))
      );
  }
}

function byName(server: string, { serviceByDomain, own }: KnownNames): string {
  const service = serviceOfName(serviceByDomain, server);
  if (service === '') return `the server was asked for as "${server}", and no service has a suffix of that`;
  const domain = domainOfName(serviceByDomain, server);
  const isOwn = own.services?.[service]?.domains?.some((d) => d.toLowerCase() === domain);
  const where = isOwn ? '`services` of the configuration' : 'data/services.yaml';
  return `the server was asked for as "${server}", which ends with ${domain} of ${service} (${where})`;
}

export function explainCategory(record: NamedRecord, known: KnownNames): Explanation {
  const value = textOf(record, 'category');
  return {
    name: 'category',
    value: value || null,
    evidence: null,
    because: whyCategory(record, known),
    stronger: null,
  };
}

function whyCategory(record: NamedRecord, known: KnownNames): string {
  const { scheme } = known;
  const value = textOf(record, 'category');
  const [application, service] = [textOf(record, 'application'), textOf(record, 'service')];
  const today = categoryOf(scheme, application, service);
  const name = scheme.ofService.has(service) ? service : application;
  const of = name === '' ? 'what has no name' : `${name === service ? 'service' : 'application'} ${name}`;
  if (today === value) return `${whoPuts(known, name, value)} puts ${of} there`;
  const rules = rulesNaming(known.own, 'category', value);
  if (rules.length > 0) return whyRule(rules);
  return `it was stored so; today ${whoPuts(known, name, today)} puts ${of} in ${today || 'no category'}`;
}

/** The scheme, or what the configuration says over it. */
function whoPuts({ scheme, own }: KnownNames, name: string, category: string): string {
  if (own.categories?.[category]?.includes(name)) return '`categories` of the configuration';
  if (own.applications?.[name]?.category === category) return '`applications` of the configuration';
  if (own.services?.[name]?.category === category) return '`services` of the configuration';
  return `the scheme ${scheme.name}`;
}
