import { applicationNumber } from '../../flow/index.ts';
import { announce, announceAt, announceAt4, foundAndWatch } from './conclude.ts';
import { applicationOfInterface } from './dce-rpc-interfaces.ts';
import { type Finding, found } from './finding.ts';
import { bytesFrom, range } from './forms.ts';
import type { Payload } from './payload.ts';
import { byteAt, littleLongAt, littleWordAt, longAt, standsAt, wordAt } from './payload-bytes.ts';
import type { Family } from './recogniser.ts';

const DCE_RPC = applicationNumber('dce-rpc');
const EPMAP = applicationNumber('epmap');

const RESPONSE = 2;
const BIND = 11;
const ALTER_CONTEXT = 14;
const LAST_TYPE = 19;
const HEADER = 16;
/** In a bind: sizes of fragments, association, number of contexts, number of the first, its transfer syntaxes. */
const INTERFACE_AT = HEADER + 16;

/** C706 section 12.6.3.1; [MS-RPCE] section 2.2.2. The interface is named where it is bound. */
function recogniseDceRpc(payload: Payload, out: Finding): boolean {
  if (!isHeader(payload, 0)) return false;
  const type = byteAt(payload, 2);
  if (type === BIND || type === ALTER_CONTEXT) {
    if (payload.length < INTERFACE_AT + 16) return false;
    const application = applicationOfInterface(payload, INTERFACE_AT);
    return application === EPMAP ? foundAndWatch(out, EPMAP) : found(out, application === 0 ? DCE_RPC : application);
  }
  // The beginning was not seen: no other message says what it is for.
  return found(out, DCE_RPC);
}

function isHeader(payload: Payload, at: number): boolean {
  const version = wordAt(payload, at);
  const length = littleWordAt(payload, at + 8);
  if ((version !== 0x0500 && version !== 0x0501) || byteAt(payload, at + 2) > LAST_TYPE) return false;
  // Integers least significant byte first, ASCII, IEEE: what all of today send.
  return longAt(payload, at + 4) === 0x1000_0000 && length >= HEADER && at + length <= payload.length;
}

/** Answers of ept_map (C706 appendix L): towers of five floors; the first names the interface, the fourth the port, the fifth the address. */
function watchEpmap(payload: Payload, out: Finding): boolean {
  if (payload.turn >= MOST_TURNS) return false;
  if (isHeader(payload, 0) && byteAt(payload, 2) === RESPONSE) announceTowers(payload, out);
  return foundAndWatch(out, EPMAP);
}

/** So many payloads of a side are looked at: who asks for more interfaces on one connection walks through the whole map. */
const MOST_TURNS = 12;
/** Of one answer, many of which are of pipes and of HTTP. */
const MOST_TOWERS = 16;
/** Behind the header of a response and the handle of the entry: how many towers, then the array of pointers to them (C706 section 14.3.3; least, first, actual number). */
const TOWERS_AT = HEADER + 8 + 20;
/** Of a pointer and a number of elements: NDR, and NDR64 of [MS-RPCE] section 2.2.5. */
const NDR_BYTES = 4;
const NDR64_BYTES = 8;

function announceTowers(payload: Payload, out: Finding): void {
  const count = littleLongAt(payload, TOWERS_AT);
  const array = TOWERS_AT + 4;
  // The third number of the array is the one that is sent: there NDR64 still has the second, which is 0.
  const bytes = littleLongAt(payload, array + 2 * NDR_BYTES) === count ? NDR_BYTES : NDR64_BYTES;
  if (count < 1 || littleLongAt(payload, array + 2 * bytes) !== count) return;
  let at = array + (3 + count) * bytes;
  for (let i = 0; i < count && i < MOST_TOWERS; i++) {
    const length = littleLongAt(payload, at + bytes);
    const tower = at + bytes + 4;
    if (length < 2 || tower + length > payload.length) return;
    // Number of floors, and their beginning.
    if (length >= 2 + TOWER && isTower(payload, tower + 2)) announceTower(payload, tower + 2, out);
    at = aligned(tower + length, bytes);
  }
}

/** Data of a response begins at 24, from where both count. */
function aligned(at: number, bytes: number): number {
  return Math.ceil(at / bytes) * bytes;
}

const TOWER = 73;
const UUID_FLOOR = Uint8Array.of(0x13, 0, 0x0d);
const CONNECTION_FLOOR = Uint8Array.of(1, 0, 0x0b);
const ADDRESS_FLOOR = Uint8Array.of(1, 0, 0x09, 4, 0);
const TCP = 6;
const TCP_FLOOR = 0x07;

function isTower(payload: Payload, at: number): boolean {
  if (!standsAt(payload, at, UUID_FLOOR) || !standsAt(payload, at + 25, UUID_FLOOR)) return false;
  if (!standsAt(payload, at + 50, CONNECTION_FLOOR) || !standsAt(payload, at + 64, ADDRESS_FLOOR)) return false;
  return byteAt(payload, at + 59) === TCP_FLOOR;
}

function announceTower(payload: Payload, at: number, out: Finding): void {
  const application = applicationOfInterface(payload, at + 3);
  const next = announce(out, TCP, wordAt(payload, at + 62), application === 0 ? DCE_RPC : application);
  const address = longAt(payload, at + 69);
  if (address === 0) announceAt(next, payload.srcAddr);
  else announceAt4(next, address);
}

const LAST_DATAGRAM_TYPE = 10;
const DATAGRAM_HEADER = 80;

/** C706 section 12.5.1: version 4, and the interface in each datagram. */
function recogniseDceRpcDatagram(payload: Payload, out: Finding): boolean {
  if (byteAt(payload, 0) !== 4 || byteAt(payload, 1) > LAST_DATAGRAM_TYPE || payload.length < DATAGRAM_HEADER)
    return false;
  const isLittle = byteAt(payload, 4) === 0x10;
  if (!isLittle && byteAt(payload, 4) !== 0) return false;
  const body = isLittle ? littleWordAt(payload, 74) : wordAt(payload, 74);
  if (body !== payload.length - DATAGRAM_HEADER || byteAt(payload, 5) !== 0) return false;
  // Its own version: a small number, whose upper half no interface uses.
  if (isLittle && littleLongAt(payload, 60) > 0xffff) return false;
  const application = applicationOfInterface(payload, 24);
  return found(out, application === 0 ? DCE_RPC : application);
}

export const DCE_RPC_FAMILY: Family = {
  tcp: [
    {
      recogniser: recogniseDceRpc,
      ports: [135],
      first: [5],
      forms: [{ shortest: HEADER, at: { 1: [0, 1], ...bytesFrom(4, 0x10, 0, 0, 0) } }],
      watches: ['epmap'],
      watcher: watchEpmap,
    },
  ],
  udp: [
    {
      recogniser: recogniseDceRpcDatagram,
      ports: [135],
      first: [4],
      forms: [{ shortest: DATAGRAM_HEADER, at: { 1: range(0, 10), 4: [0, 0x10], 5: [0] } }],
    },
  ],
};
