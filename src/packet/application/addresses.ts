import { applicationNumber } from '../../flow/index.ts';
import { type Finding, found } from './finding.ts';
import { beginsInAnyCase, range } from './forms.ts';
import { NTP_PORT, recogniseNtp } from './ntp.ts';
import { atPort, type Payload } from './payload.ts';
import { ascii, byteAt, findWord, longAt, threeBytesAt, wordAt } from './payload-bytes.ts';
import { type Family, firstOf } from './recogniser.ts';
import { beginsWith, words } from './words.ts';

const DHCP = applicationNumber('dhcp');
const DHCPV6 = applicationNumber('dhcpv6');
const SSDP = applicationNumber('ssdp');
const WS_DISCOVERY = applicationNumber('ws-discovery');

/** RFC 2131 section 2 and RFC 2132 section 2: the options begin with a number of their own. */
const COOKIE_AT = 236;
const COOKIE = 0x63825363;

function recogniseDhcp(payload: Payload, out: Finding): boolean {
  const operation = byteAt(payload, 0);
  if ((operation !== 1 && operation !== 2) || byteAt(payload, 2) > 16) return false;
  if (longAt(payload, COOKIE_AT) === COOKIE) return found(out, DHCP);
  // BOOTP (RFC 951), which has no options.
  return payload.length >= COOKIE_AT && (atPort(payload, 67) || atPort(payload, 68)) && found(out, DHCP);
}

/** RFC 8415 sections 8 and 9: type and transaction, or what a relay passes on; then options that fill the rest. */
function recogniseDhcpv6(payload: Payload, out: Finding): boolean {
  if (!(atPort(payload, 546) || atPort(payload, 547))) return false;
  const type = byteAt(payload, 0);
  if (type < 1 || type > 36) return false;
  let at = type === 12 || type === 13 ? 34 : 4;
  while (at + 4 <= payload.length) at += 4 + wordAt(payload, at + 2);
  return at === payload.length && threeBytesAt(payload, 1) >= 0 && found(out, DHCPV6);
}

const SSDP_METHODS = words('m-search * http/1', 'notify * http/1');
const RESPONSE = words('http/1.');
const [SEARCH_TARGET, SERVICE_NAME] = words('\nst:', '\nusn:') as [Uint8Array, Uint8Array];

/** UPnP Device Architecture 2.0, section 1: HTTP over UDP. */
function recogniseSsdp(payload: Payload, out: Finding): boolean {
  if (beginsWith(payload, SSDP_METHODS)) return found(out, SSDP);
  if (!beginsWith(payload, RESPONSE)) return false;
  const to = Math.min(payload.length, 512);
  const isSure = findWord(payload, 8, to, SEARCH_TARGET) >= 0 || findWord(payload, 8, to, SERVICE_NAME) >= 0;
  return (isSure || atPort(payload, 1900)) && found(out, SSDP);
}

const ENVELOPE = ascii('envelope');
const DISCOVERY = ascii('ws/2005/04/discovery');
const DISCOVERY_1_1 = ascii('ws-dd/ns/discovery');
const DISCOVERY_PORT = 3702;

/** Web Services Dynamic Discovery: SOAP over UDP. */
function recogniseWsDiscovery(payload: Payload, out: Finding): boolean {
  if (byteAt(payload, 0) !== 0x3c || findWord(payload, 0, 256, ENVELOPE) < 0) return false;
  const isSure = findWord(payload, 0, 1400, DISCOVERY) >= 0 || findWord(payload, 0, 1400, DISCOVERY_1_1) >= 0;
  return (isSure || atPort(payload, DISCOVERY_PORT)) && found(out, WS_DISCOVERY);
}

/** Addresses, time, and what is to be found around. */
export const ADDRESSES: Family = {
  udp: [
    {
      recogniser: recogniseDhcp,
      ports: [67, 68],
      first: [1, 2],
      forms: [{ shortest: COOKIE_AT + 4, at: { 2: range(0, 16) } }],
    },
    { recogniser: recogniseDhcpv6, ports: [546, 547], first: [] },
    { recogniser: recogniseNtp, ports: [NTP_PORT], first: [] },
    {
      recogniser: recogniseSsdp,
      ports: [1900],
      first: firstOf('m-search', 'notify', 'http'),
      forms: [beginsInAnyCase(...SSDP_METHODS, ...RESPONSE)],
    },
    { recogniser: recogniseWsDiscovery, ports: [DISCOVERY_PORT], first: [0x3c] },
  ],
};
