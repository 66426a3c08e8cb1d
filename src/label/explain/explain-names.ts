import { protocolName } from '../../flow/index.ts';
import { categoryOf } from '../categories/scheme.ts';
import { saidByExporter } from '../names/exporter-words.ts';
import { PEER_APPLICATIONS } from '../names/peer-applications.ts';
import { hasRecogniser } from '../names/recognised-applications.ts';
import { domainOfName, serviceOfName } from '../names/server-names.ts';
import { PLACE_MASK, PORT_BITS, PORTS_AT, rankIn, serverPorts } from '../names/server-ports.ts';
import { processKey, type Vocabulary } from '../names/vocabulary.ts';
import { type Explanation, type NamedRecord, numberOf, textOf } from './explanation.ts';

const TCP = 6;
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

export function explainApplication(record: NamedRecord, vocabulary: Vocabulary): Explanation {
  const value = textOf(record, 'application');
  const evidence = textOf(record, 'application_evidence') || 'none';
  return {
    name: 'application',
    value: value || null,
    evidence,
    because: whyApplication(record, vocabulary, value, evidence),
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

function whyApplication(record: NamedRecord, vocabulary: Vocabulary, value: string, evidence: string): string {
  switch (evidence) {
    case 'port':
      return whyPort(record, vocabulary, value);
    case 'payload':
      return isOfProtocol(record, vocabulary, value)
        ? `IP protocol ${numberOf(record, 'protocol')} is ${value}: its number stands in the header of each packet`
        : 'a meter recognised it in the first payloads of the flow';
    case 'state':
      return 'another flow announced or implied it';
    case 'name':
      return 'the name of its server says so';
    case 'exporter':
      return exporterSays(record, vocabulary);
    case 'process':
      return processSays(record, vocabulary);
    case 'rule':
      return 'a rule of the configuration (label.rules) holds for it';
    default:
      return whyNone(record, vocabulary);
  }
}

/** Named by the number of its IP protocol, which every packet says. */
function isOfProtocol(record: NamedRecord, vocabulary: Vocabulary, application: string): boolean {
  const protocol = numberOf(record, 'protocol');
  return PORT_BITS[protocol] === 0 && serverPort(record, vocabulary).application === application;
}

function whyPort(record: NamedRecord, vocabulary: Vocabulary, value: string): string {
  const protocol = numberOf(record, 'protocol');
  const { port, application } = serverPort(record, vocabulary);
  const of = `${protocolName(protocol)} port ${port}`;
  if (application !== value) return `it was stored so; today ${of} stands for ${application || 'nothing'}`;
  return `${of} is registered for ${value}, and no other port of the flow is likelier the server's`;
}

function whyNone(record: NamedRecord, vocabulary: Vocabulary): string {
  const protocol = numberOf(record, 'protocol');
  const { application } = serverPort(record, vocabulary);
  const isSeen = isOfNothing(record);
  if (isSeen && application !== '' && hasRecogniser(application, protocol === UDP ? 'udp' : 'tcp'))
    return `payload was seen and is not of ${application}, for which the port is registered, nor of anything else that is recognised`;
  const payload = isSeen ? 'its payload is of nothing that is recognised' : 'nothing else tells';
  return `${noPort(record, vocabulary)}, and ${payload}`;
}

function noPort(record: NamedRecord, vocabulary: Vocabulary): string {
  const protocol = numberOf(record, 'protocol');
  if (protocol !== TCP && protocol !== UDP) return `IP protocol ${protocol} stands for no application`;
  const { port } = serverPort(record, vocabulary);
  return `${protocolName(protocol)} port ${port} is registered for no application`;
}

/** The port of the server by the same table and rank as labels are made with. */
function serverPort(record: NamedRecord, { applications }: Vocabulary): { port: number; application: string } {
  const table = serverPorts(applications);
  const protocol = numberOf(record, 'protocol');
  const entry = (port: number) => table[PORTS_AT[protocol]! + (port & PORT_BITS[protocol]!)]!;
  const [source, destination] = [numberOf(record, 'src_port'), numberOf(record, 'dst_port')];
  const side = textOf(record, 'client_side');
  const bySide = side === 'source' ? destination : side === 'destination' ? source : null;
  const port = bySide ?? (rankIn(entry(source)) <= rankIn(entry(destination)) ? source : destination);
  const place = entry(port) & PLACE_MASK;
  return { port, application: place === 0 ? '' : applications[place - 1]!.name };
}

function exporterSays(record: NamedRecord, { exporterWords }: Vocabulary): string {
  const word = textOf(record, 'exporter_application');
  if (word === '') return 'the exporter named it';
  const said = saidByExporter(exporterWords, word);
  const means = [said.application && `application ${said.application}`, said.service && `service ${said.service}`];
  return `the exporter calls it "${word}", which means ${means.filter(Boolean).join(' and ') || 'nothing'} (data/exporter-applications.yaml)`;
}

function processSays(record: NamedRecord, { processes }: Vocabulary): string {
  const program = textOf(record, 'executable') || textOf(record, 'process');
  const key = processKey(program);
  const said = processes.get(key);
  if (!said) return `process "${program}" of the end system said so; today no mapping has "${key}"`;
  const parts = said.map(
    ({ application, service, side }) => `${application || service}${side ? ` where it is the ${side}` : ''}`,
  );
  return `process "${program}" is mapped as "${key}": ${parts.join(', ')} (data/processes.yaml or the configuration)`;
}

export function explainService(record: NamedRecord, vocabulary: Vocabulary): Explanation {
  const value = textOf(record, 'service');
  const evidence = textOf(record, 'service_evidence') || 'none';
  return {
    name: 'service',
    value: value || null,
    evidence,
    because: whyService(record, vocabulary, evidence),
    stronger: evidence === 'rule' || evidence === 'process' ? null : (STRONGER[evidence] ?? null),
  };
}

function whyService(record: NamedRecord, vocabulary: Vocabulary, evidence: string): string {
  const server = textOf(record, 'server_name');
  switch (evidence) {
    case 'payload':
      return byName(server, vocabulary);
    case 'name':
      return 'another flow or an answer of DNS gave the address of the server that name';
    case 'exporter':
      return exporterSays(record, vocabulary);
    case 'process':
      return processSays(record, vocabulary);
    case 'rule':
      return 'a rule of the configuration (label.rules) holds for it';
    case 'state':
      return 'another flow announced it';
    default:
      return server === '' ? 'no name of a server is known of it' : byName(server, vocabulary);
  }
}

function byName(server: string, { serviceByDomain }: Vocabulary): string {
  const service = serviceOfName(serviceByDomain, server);
  if (service === '') return `the server was asked for as "${server}", and no service has a suffix of that`;
  return `the server was asked for as "${server}", which ends with ${domainOfName(serviceByDomain, server)} of ${service} (data/services.yaml or the configuration)`;
}

export function explainCategory(record: NamedRecord, { scheme }: Vocabulary): Explanation {
  const value = textOf(record, 'category');
  const [application, service] = [textOf(record, 'application'), textOf(record, 'service')];
  const today = categoryOf(scheme, application, service);
  const of = scheme.ofService.has(service)
    ? `service ${service}`
    : application === ''
      ? 'what has no name'
      : `application ${application}`;
  const because =
    today === value
      ? `the scheme ${scheme.name} puts ${of} there`
      : `it was stored so; today the scheme ${scheme.name} puts ${of} in ${today || 'no category'}`;
  return { name: 'category', value: value || null, evidence: null, because, stronger: null };
}

const SYN_ACK = 0x12;
const SYN = 0x02;

export function explainClientSide(record: NamedRecord): Explanation {
  const value = textOf(record, 'client_side');
  return {
    name: 'client_side',
    value: value || null,
    evidence: null,
    because: whyClientSide(record, value),
    stronger: value === '' ? 'the first packets of the flow, where they are metered' : null,
  };
}

function whyClientSide(record: NamedRecord, value: string): string {
  const owner = textOf(record, 'owner_source');
  if (value === '') return 'neither flags, nor ports, nor a process tell who asked';
  if (value === 'peer' && PEER_APPLICATIONS.has(textOf(record, 'application')))
    return `${textOf(record, 'application')} has no servers: both ends are peers`;
  if (owner === 'accept' || owner === 'listener') return 'the process of the flow was asked: its socket listened';
  if (owner === 'connect') return 'the process of the flow asked: its socket connected';
  if (value === 'source' && (numberOf(record, 'tcp_flags') & SYN_ACK) === SYN)
    return 'the source sent a SYN, and the flow has no ACK';
  return "by the ports: the server's is the one that is registered, or the smaller class (RFC 6335 section 6)";
}
