import { applicationNumber } from '../../flow/index.ts';
import { type Finding, found } from './finding.ts';
import { beginsExactly, bytesFrom, type Form, range } from './forms.ts';
import { atPort, type Payload } from './payload.ts';
import { ascii, byteAt, littleLongAt, longAt, standsAt, wordAt } from './payload-bytes.ts';
import { findBytes, isText } from './payload-text.ts';
import type { Family } from './recogniser.ts';

const STEAM = applicationNumber('steam');
const SOURCE_ENGINE = applicationNumber('source-engine');
const MINECRAFT = applicationNumber('minecraft');
const RAKNET = applicationNumber('raknet');
const AMONG_US = applicationNumber('among-us');

const ALL_ONES = 0xffff_ffff;
const QUERY = ascii('TSource Engine Query\0');
const RELAY_PING = ascii('\x01\x81sdping');

/** https://developer.valvesoftware.com/wiki/Server_queries: four bytes of ones, then what is asked or answered. */
function recogniseSource(payload: Payload, out: Finding): boolean {
  if (longAt(payload, 0) !== ALL_ONES) return false;
  if (longAt(payload, 4) === 0x214c_5fa0) return found(out, STEAM);
  if (standsAt(payload, 4, QUERY)) return found(out, SOURCE_ENGINE);
  const kind = byteAt(payload, 4);
  // Players and rules are asked for with a number; the answers need the port.
  if ((kind === 0x55 || kind === 0x56) && payload.length === 9) return found(out, SOURCE_ENGINE);
  const isAnswer = kind === 0x49 || kind === 0x44 || kind === 0x45 || kind === 0x41;
  return isAnswer && payload.srcPort >= 27_000 && payload.srcPort < 27_100 && found(out, SOURCE_ENGINE);
}

/** Relays of Steam are chosen by how far they are. */
function recogniseSteamRelay(payload: Payload, out: Finding): boolean {
  return standsAt(payload, 0, RELAY_PING) && found(out, STEAM);
}

/** Marks messages that belong to no connection yet. */
const OFFLINE = Uint8Array.of(0, 0xff, 0xff, 0, 0xfe, 0xfe, 0xfe, 0xfe, 0xfd, 0xfd, 0xfd, 0xfd, 0x12, 0x34, 0x56, 0x78);
const BEDROCK = ascii('MCPE;');
const OFFLINE_PLACES = [1, 9, 17];

/** RakNet: the mark stands behind the kind of the message, behind the time too in a ping, and behind the server's number too in a pong. */
function recogniseRaknet(payload: Payload, out: Finding): boolean {
  for (let i = 0; i < OFFLINE_PLACES.length; i++) {
    const at = OFFLINE_PLACES[i]!;
    if (!standsAt(payload, at, OFFLINE)) continue;
    const isBedrock = atPort(payload, 19_132) || findBytes(payload, at + 16, at + 24, BEDROCK) > 0;
    return found(out, isBedrock ? MINECRAFT : RAKNET);
  }
  return false;
}

/** https://minecraft.wiki/w/Java_Edition_protocol: length, 0, version, the server's name, its port, what comes next: status or log-in. */
function recogniseMinecraft(payload: Payload, out: Finding): boolean {
  const length = byteAt(payload, 0);
  if (byteAt(payload, 1) !== 0 || length > 127 || length + 1 > payload.length) return false;
  let at = 2;
  while (at < 7 && byteAt(payload, at) > 0x7f) at++;
  const name = byteAt(payload, at + 1);
  const end = at + 2 + name;
  const next = byteAt(payload, end + 2);
  if (end + 3 !== length + 1 || name < 1 || next < 1 || next > 3) return false;
  return isText(payload, at + 2, Math.min(end, at + 5)) && wordAt(payload, end) > 0 && found(out, MINECRAFT);
}

/** Hazel's hello: kind 8, number, version 0, the game's version, the name, its length before it. */
function recogniseAmongUs(payload: Payload, out: Finding): boolean {
  if (byteAt(payload, 0) !== 8 || byteAt(payload, 3) !== 0 || !atPort(payload, 22_023)) return false;
  const version = littleLongAt(payload, 4);
  const name = byteAt(payload, 8);
  return (
    version > 0x0100_0000 &&
    version < 0x1000_0000 &&
    name >= 1 &&
    name <= 12 &&
    9 + name <= payload.length &&
    found(out, AMONG_US)
  );
}

const RAKNET_FORMS: readonly Form[] = OFFLINE_PLACES.map((place) => ({
  shortest: place + OFFLINE.length,
  at: bytesFrom(place, ...OFFLINE.subarray(0, 3)),
}));

export const GAMES: Family = {
  tcp: [
    { recogniser: recogniseMinecraft, ports: [25_565], forms: [{ shortest: 8, at: { 0: range(7, 127), 1: [0] } }] },
  ],
  udp: [
    {
      recogniser: recogniseSource,
      ports: [27_015, 27_036],
      first: [0xff],
      forms: [{ shortest: 5, at: bytesFrom(1, 0xff, 0xff, 0xff) }],
    },
    { recogniser: recogniseSteamRelay, ports: [], first: [1], forms: [beginsExactly(RELAY_PING)] },
    { recogniser: recogniseRaknet, ports: [19_132], forms: RAKNET_FORMS },
    { recogniser: recogniseAmongUs, ports: [22_023], first: [] },
  ],
};
