import { applicationNumber } from '../../flow/index.ts';
import { DNS, readDns } from './dns-message.ts';
import { EXCHANGE, type Finding, found } from './finding.ts';
import { beginsExactly, bytesWhere } from './forms.ts';
import { atPort, type Payload } from './payload.ts';
import { ascii, byteAt, standsAt, wordAt } from './payload-bytes.ts';
import type { Family } from './recogniser.ts';

const DNS_NUMBER = applicationNumber('dns');
const MDNS = applicationNumber('mdns');
const LLMNR = applicationNumber('llmnr');
const DNSCRYPT = applicationNumber('dnscrypt');
const NETBIOS = applicationNumber('netbios-ns');

const DNS_PORT = 53;
const MDNS_PORT = 5353;
const LLMNR_PORT = 5355;
const NETBIOS_PORT = 137;

/** RFC 1035; on another port it has to be without fault. */
function recogniseDns(payload: Payload, out: Finding): boolean {
  if (atPort(payload, NETBIOS_PORT) || atPort(payload, MDNS_PORT) || atPort(payload, LLMNR_PORT)) return false;
  const kind = readDns(payload.data, payload.at, payload.length, out, atPort(payload, DNS_PORT));
  if (kind === DNS.none) return false;
  // The answer has the addresses.
  out.watch = true;
  return found(out, DNS_NUMBER);
}

function watchDns(payload: Payload, out: Finding): boolean {
  out.watch = true;
  return readDns(payload.data, payload.at, payload.length, out, true) !== DNS.none;
}

/** RFC 1035 section 4.2.2: the length stands before the message. */
function recogniseDnsStream(payload: Payload, out: Finding): boolean {
  const length = wordAt(payload, 0);
  if (length < 12) return false;
  const present = Math.min(length, payload.length - 2);
  if (present < length && !atPort(payload, DNS_PORT)) return false;
  const { data, at } = payload;
  if (readDns(data, at + 2, present, out, atPort(payload, DNS_PORT)) === DNS.none) return false;
  out.watch = true;
  return found(out, DNS_NUMBER);
}

function watchDnsStream(payload: Payload, out: Finding): boolean {
  out.watch = true;
  const length = wordAt(payload, 0);
  if (length < 12 || length + 2 > payload.length) return false;
  return readDns(payload.data, payload.at + 2, length, out, true) !== DNS.none;
}

/** RFC 6762; names of services are no names of servers, and are left out. */
function recogniseMdns(payload: Payload, out: Finding): boolean {
  return recogniseKind(payload, out, MDNS_PORT, MDNS);
}

/** RFC 4795. */
function recogniseLlmnr(payload: Payload, out: Finding): boolean {
  return recogniseKind(payload, out, LLMNR_PORT, LLMNR);
}

function recogniseKind(payload: Payload, out: Finding, port: number, application: number): boolean {
  if (!atPort(payload, port)) return false;
  const kind = readDns(payload.data, payload.at, payload.length, out, true);
  out.nameLength = 0;
  out.exchange = EXCHANGE.none;
  out.named = 0;
  return kind !== DNS.none && found(out, application);
}

/** RFC 1002 section 4.2: a header like that of DNS, with operations of its own. */
function recogniseNetbios(payload: Payload, out: Finding): boolean {
  if (!atPort(payload, NETBIOS_PORT) || payload.length < 12) return false;
  const records = wordAt(payload, 4) + wordAt(payload, 6) + wordAt(payload, 8) + wordAt(payload, 10);
  if (records === 0 || records > 32) return false;
  // An encoded name is 32 bytes long.
  if (byteAt(payload, 12) !== 0x20 && (byteAt(payload, 12) & 0xc0) !== 0xc0) return false;
  return found(out, NETBIOS);
}

const DNSCRYPT_REPLY = ascii('r6fnvWj8');

/** DNSCrypt version 2, section 6: what resolvers answer begins with these bytes; what clients ask begins as each resolver wants it. */
function recogniseDnscrypt(payload: Payload, out: Finding): boolean {
  return standsAt(payload, 0, DNSCRYPT_REPLY) && found(out, DNSCRYPT);
}

/** Operations that are assigned, a bit that is zero, and one question: what a message must have where DNS is not expected. */
const FLAGS = bytesWhere((byte) => ((byte >> 3) & 15) <= 6 && ((byte >> 3) & 15) !== 3);
const LOW_FLAGS = bytesWhere((byte) => (byte & 0x40) === 0);

/** Names: DNS and its kind. */
export const DNS_FAMILY: Family = {
  tcp: [
    {
      recogniser: recogniseDnsStream,
      ports: [DNS_PORT],
      first: [0, 1, 2, 3],
      forms: [{ shortest: 19, at: { 4: FLAGS, 5: LOW_FLAGS, 6: [0], 7: [1] } }],
      watches: ['dns'],
      watcher: watchDnsStream,
    },
  ],
  udp: [
    { recogniser: recogniseDnscrypt, ports: [], first: [0x72], forms: [beginsExactly(DNSCRYPT_REPLY)] },
    { recogniser: recogniseMdns, ports: [MDNS_PORT], first: [] },
    { recogniser: recogniseLlmnr, ports: [LLMNR_PORT], first: [] },
    { recogniser: recogniseNetbios, ports: [NETBIOS_PORT], first: [] },
    {
      recogniser: recogniseDns,
      ports: [DNS_PORT],
      forms: [{ shortest: 17, at: { 2: FLAGS, 3: LOW_FLAGS, 4: [0], 5: [1] } }],
      watches: ['dns'],
      watcher: watchDns,
    },
  ],
};
