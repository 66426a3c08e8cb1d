import { applicationNumber } from '../../flow/index.ts';
import { foundClearLogin } from './conclude.ts';
import { type Finding, found } from './finding.ts';
import { beginsExactly, bytesFrom, type Form, range } from './forms.ts';
import { atPort, type Payload } from './payload.ts';
import { ascii, byteAt, littleLongAt, littleWordAt, longAt, standsAt, wordAt } from './payload-bytes.ts';
import { findBytes, isText, whichStandsAt } from './payload-text.ts';
import type { Family } from './recogniser.ts';

const BITTORRENT = applicationNumber('bittorrent');
const GNUTELLA = applicationNumber('gnutella');
const EDONKEY = applicationNumber('edonkey');
const NAPSTER = applicationNumber('napster');
const BITCOIN = applicationNumber('bitcoin');
const ETHEREUM = applicationNumber('ethereum');
const SOULSEEK = applicationNumber('soulseek');
const SYNCTHING = applicationNumber('syncthing');
const DROPBOX_LAN = applicationNumber('dropbox-lan');

const HANDSHAKE = ascii('\x13BitTorrent protocol');

/** BEP 3. */
function recogniseBittorrent(payload: Payload, out: Finding): boolean {
  return standsAt(payload, 0, HANDSHAKE) && found(out, BITTORRENT);
}

/** BEP 5 (queries, answers and errors, their keys in order) and BEP 14. */
const DHT_STARTS = ['d1:ad2:id20:', 'd1:rd2:id20:', 'd2:ip6:', 'd1:eli20', 'BT-SEARCH * HTTP/1.1\r\n'].map(ascii);

function recogniseBittorrentDatagram(payload: Payload, out: Finding): boolean {
  return (
    (whichStandsAt(payload, 0, DHT_STARTS) >= 0 || isTracker(payload) || isUtpSyn(payload)) && found(out, BITTORRENT)
  );
}

/** BEP 15: a connection to a tracker begins with a number that is always the same. */
function isTracker(payload: Payload): boolean {
  return longAt(payload, 0) === 0x417 && longAt(payload, 4) === 0x27101980 && longAt(payload, 8) === 0;
}

/** BEP 29: ST_SYN of version 1, whose number is 1 and which knows no delay yet; one extension of eight bytes may follow. */
function isUtpSyn(payload: Payload): boolean {
  if (byteAt(payload, 0) !== 0x41 || longAt(payload, 8) !== 0 || wordAt(payload, 16) !== 1) return false;
  const extension = byteAt(payload, 1);
  return (extension === 0 && payload.length === 20) || (extension === 2 && payload.length === 30);
}

const GNUTELLA_STARTS = ['GNUTELLA CONNECT/', 'GNUTELLA/0.', 'GNUTELLA OK\n\n'].map(ascii);

/** http://rfc-gnutella.sourceforge.net/ section 1.3. */
function recogniseGnutella(payload: Payload, out: Finding): boolean {
  const which = whichStandsAt(payload, 0, GNUTELLA_STARTS);
  return which >= 0 && found(out, GNUTELLA);
}

/** Descriptors: QRP, vendor, DHT, push, query, hit. Too little of a ping or pong, which are zero and one, is fixed, and so of flows that begin with them. */
const DESCRIPTORS = [0x30, 0x31, 0x32, 0x40, 0x44, 0x80, 0x81];
const GND = ascii('GND');
const GTA = ascii('GTA');

/** Section 2.1: 16 bytes of a number, type, hops to live and made, length. 'GND' and 'GTA' mark datagrams that are acknowledged (GTK-Gnutella, G2). */
function recogniseGnutellaDatagram(payload: Payload, out: Finding): boolean {
  const isMarked =
    (standsAt(payload, 0, GND) || standsAt(payload, 0, GTA)) && payload.length >= 8 && byteAt(payload, 3) < 0x20;
  if (isMarked && byteAt(payload, 6) > 0 && byteAt(payload, 6) <= 64) return found(out, GNUTELLA);
  if (
    payload.turn > 0 ||
    payload.length < 23 ||
    littleLongAt(payload, 19) !== payload.length - 23 ||
    !DESCRIPTORS.includes(byteAt(payload, 16))
  )
    return false;
  return byteAt(payload, 17) < 16 && byteAt(payload, 18) < 16 && longAt(payload, 0) !== 0 && found(out, GNUTELLA);
}

/** eMule's protocol: mark, length least significant byte first, kind. Hello says how long its hash is: 16. */
function recogniseEdonkey(payload: Payload, out: Finding): boolean {
  const mark = byteAt(payload, 0);
  if ((mark !== 0xe3 && mark !== 0xc5 && mark !== 0xd4) || littleLongAt(payload, 1) !== payload.length - 5)
    return false;
  const isHello = mark === 0xe3 && byteAt(payload, 5) === 1 && byteAt(payload, 6) === 16;
  return (isHello || atPort(payload, 4662)) && payload.length > 5 && found(out, EDONKEY);
}

/** Messages of one size, with mark and kind. */
const KAD_BYTES: ReadonlyMap<number, number> = new Map([
  ...([
    [0x01, 2],
    [0x34, 28],
    [0x50, 4],
    [0x58, 6],
    [0x59, 2],
    [0x60, 2],
    [0x61, 4],
  ] as const),
]);
const KAD_REQUEST = 0x21;
const KAD_ANSWER = 0x29;
const CONTACT_BYTES = 25;
const HASH_BYTES = 16;

/** Kademlia of eMule: the request for contacts has one size, on any port; other messages count at its port, and only those whose size is known. */
function recogniseKad(payload: Payload, out: Finding): boolean {
  if (byteAt(payload, 0) !== 0xe4) return false;
  const kind = byteAt(payload, 1);
  const contacts = byteAt(payload, 2);
  if (kind === KAD_REQUEST)
    return payload.length === 35 && (contacts === 2 || contacts === 4 || contacts === 11) && found(out, EDONKEY);
  return atPort(payload, 4672) && isKadMessage(payload, kind) && found(out, EDONKEY);
}

function isKadMessage(payload: Payload, kind: number): boolean {
  const count = byteAt(payload, 2 + HASH_BYTES);
  if (kind === KAD_ANSWER) return count > 0 && payload.length === 3 + HASH_BYTES + count * CONTACT_BYTES;
  return KAD_BYTES.get(kind) === payload.length;
}

const NAPSTER_LOGIN = 2;
const NAPSTER_REQUESTS = ['GET', 'SEND'].map(ascii);

/**
 * Messages to a server: length and type, least significant byte first; the log-in is name, password, port, "client", speed. To another client:
 * GET or SEND, then name, "file" and where to begin.
 */
function recogniseNapster(payload: Payload, out: Finding): boolean {
  const isPort = atPort(payload, 6699) || atPort(payload, 8875) || atPort(payload, 8888) || atPort(payload, 7777);
  if (!isPort) return false;
  if (littleWordAt(payload, 0) === payload.length - 4 && littleWordAt(payload, 2) === NAPSTER_LOGIN) {
    const isLogin = isText(payload, 4, payload.length) && findBytes(payload, 4, payload.length, QUOTE) > 0;
    return isLogin && foundClearLogin(out, NAPSTER);
  }
  const which = whichStandsAt(payload, 0, NAPSTER_REQUESTS);
  if (which < 0 || !atPort(payload, 6699) || byteAt(payload, NAPSTER_REQUESTS[which]!.length) === 0x20) return false;
  if (payload.length === NAPSTER_REQUESTS[which]!.length) return found(out, NAPSTER);
  return (
    findBytes(payload, 3, 300, QUOTE) > 0 && isText(payload, 0, Math.min(payload.length, 300)) && found(out, NAPSTER)
  );
}

const QUOTE = ascii(' "');
/** Main network, test networks 3 and 4, signet, regression test. */
const BITCOIN_NETWORKS = [0xf9beb4d9, 0x0b110907, 0x1c163f28, 0x0a03cf40, 0xfabfb5da];
const BITCOIN_COMMANDS = [
  'version\0',
  'verack\0',
  'inv\0',
  'getheaders\0',
  'ping\0',
  'addr\0',
  'tx\0',
  'sendcmpct\0',
].map(ascii);

/** https://developer.bitcoin.org/reference/p2p_networking.html#message-headers */
function recogniseBitcoin(payload: Payload, out: Finding): boolean {
  return (
    BITCOIN_NETWORKS.includes(longAt(payload, 0)) &&
    whichStandsAt(payload, 4, BITCOIN_COMMANDS) >= 0 &&
    found(out, BITCOIN)
  );
}

const DISCOVERY_HEADER = 98;

/** https://github.com/ethereum/devp2p/blob/master/discv4.md: hash, signature, type, and a list in RLP that fills the datagram. */
function recogniseEthereum(payload: Payload, out: Finding): boolean {
  const type = byteAt(payload, 97);
  const prefix = byteAt(payload, DISCOVERY_HEADER);
  if (type < 1 || type > 6 || prefix < 0xc0 || byteAt(payload, 96) > 1) return false;
  let size = prefix - 0xc0 + 1;
  if (prefix === 0xf8) size = byteAt(payload, DISCOVERY_HEADER + 1) + 2;
  else if (prefix === 0xf9) size = wordAt(payload, DISCOVERY_HEADER + 1) + 3;
  return DISCOVERY_HEADER + size === payload.length && found(out, ETHEREUM);
}

/** https://nicotine-plus.org/doc/SLSKPROTOCOL.html: PeerInit: length, 1, name, kind of the connection, token. */
function recogniseSoulseek(payload: Payload, out: Finding): boolean {
  const name = littleLongAt(payload, 5);
  if (littleLongAt(payload, 0) !== payload.length - 4 || byteAt(payload, 4) !== 1 || name < 1 || name > 64)
    return false;
  const kind = byteAt(payload, 13 + name);
  const isKind = kind === 0x50 || kind === 0x46 || kind === 0x44;
  return littleLongAt(payload, 9 + name) === 1 && isKind && payload.length === 18 + name && found(out, SOULSEEK);
}

/** https://docs.syncthing.net/specs/localdisco-v4.html */
function recogniseSyncthing(payload: Payload, out: Finding): boolean {
  return longAt(payload, 0) === 0x2ea7d90b && found(out, SYNCTHING);
}

const DROPBOX_KEYS = ['"host_int"', '"namespaces"'].map(ascii);

function recogniseDropboxLan(payload: Payload, out: Finding): boolean {
  if (!atPort(payload, 17_500) || byteAt(payload, 0) !== 0x7b) return false;
  const isKnown = findBytes(payload, 1, 512, DROPBOX_KEYS[0]!) > 0 || findBytes(payload, 1, 512, DROPBOX_KEYS[1]!) > 0;
  return isKnown && found(out, DROPBOX_LAN);
}

const DATAGRAM_FORMS: readonly Form[] = [
  beginsExactly(...DHT_STARTS),
  { shortest: 12, at: { 0: [0], ...bytesFrom(1, 0, 4, 0x17) } },
  { shortest: 20, at: { 0: [0x41], 1: [0, 2], 8: [0], 16: [0], 17: [1] } },
];
const GNUTELLA_FORMS: readonly Form[] = [
  { ...beginsExactly(GND, GTA), shortest: 8 },
  { shortest: 23, at: { 16: DESCRIPTORS, 17: range(0, 15), 18: range(0, 15) } },
];

export const PEERS: Family = {
  tcp: [
    { recogniser: recogniseBittorrent, ports: [6881], first: [0x13], forms: [beginsExactly(HANDSHAKE)] },
    { recogniser: recogniseGnutella, ports: [6346, 6347], first: [0x47] },
    {
      recogniser: recogniseEdonkey,
      ports: [4662],
      first: [0xe3, 0xc5, 0xd4],
      forms: [{ shortest: 7, at: { 5: [1], 6: [16] } }],
    },
    { recogniser: recogniseNapster, ports: [6699, 8875, 8888, 7777], first: [] },
    {
      recogniser: recogniseBitcoin,
      ports: [8333],
      first: BITCOIN_NETWORKS.map((network) => network >>> 24),
      forms: [{ shortest: 8, at: { 1: BITCOIN_NETWORKS.map((network) => (network >>> 16) & 255) } }],
    },
    {
      recogniser: recogniseSoulseek,
      ports: [],
      forms: [{ shortest: 19, at: { 4: [1], 5: range(1, 64), 6: [0], 7: [0] } }],
    },
  ],
  udp: [
    {
      recogniser: recogniseBittorrentDatagram,
      ports: [6881, 6771],
      first: [0, 0x41, 0x42, 0x64],
      forms: DATAGRAM_FORMS,
    },
    { recogniser: recogniseDropboxLan, ports: [17_500], first: [] },
    { recogniser: recogniseSyncthing, ports: [21_027], first: [0x2e], forms: [{ at: bytesFrom(1, 0xa7, 0xd9, 0x0b) }] },
    {
      recogniser: recogniseKad,
      ports: [4672],
      first: [0xe4],
      forms: [{ shortest: 35, at: { 1: [KAD_REQUEST], 2: [2, 4, 11] } }],
    },
    { recogniser: recogniseGnutellaDatagram, ports: [6346, 6347], forms: GNUTELLA_FORMS },
    {
      recogniser: recogniseEthereum,
      ports: [30_303],
      forms: [{ shortest: DISCOVERY_HEADER + 1, at: { 96: [0, 1], 97: range(1, 6) } }],
    },
  ],
};
