import { applicationNumber } from '../../flow/index.ts';
import { foundAndWatch, maybe } from './conclude.ts';
import { type Finding, found, SECURITY } from './finding.ts';
import { atPort, type Payload } from './payload.ts';
import { byteAt } from './payload-bytes.ts';
import type { Family } from './recogniser.ts';

const SOCKS = applicationNumber('socks');
const SOCKS_PORT = 1080;
const VERSION_4 = 4;
const VERSION_5 = 5;
/** Of the exchange of name and password (RFC 1929 section 2). */
const LOG_IN_VERSION = 1;
/** Payloads of a side before what is carried begins. */
const MOST_TURNS = 3;

/** RFC 1928 section 3: the client lists the ways to log in that it has, the server chooses one. */
function recogniseSocks(payload: Payload, out: Finding): boolean {
  if (byteAt(payload, 0) === VERSION_4) return isRequest4(payload) && found(out, SOCKS);
  if (byteAt(payload, 0) !== VERSION_5) return false;
  const isUsual = atPort(payload, SOCKS_PORT);
  const ways = byteAt(payload, 1);
  if (payload.side === 0 && ways > 0 && payload.length === 2 + ways)
    return isUsual ? foundAndWatch(out, SOCKS) : maybe(out, SOCKS);
  const isChoice = payload.side === 1 && payload.length === 2 && (isUsual || payload.candidate === SOCKS);
  return isChoice && foundAndWatch(out, SOCKS);
}

/** https://www.openssh.com/txt/socks4.protocol: connect or bind, a port, an address, a name that ends with a zero. */
function isRequest4(payload: Payload): boolean {
  const command = byteAt(payload, 1);
  if (payload.length < 9 || (command !== 1 && command !== 2)) return false;
  return atPort(payload, SOCKS_PORT) && byteAt(payload, payload.length - 1) === 0;
}

/** RFC 1929 section 2: a name and a password, each behind its length. */
function watchSocks(payload: Payload, out: Finding): boolean {
  const name = byteAt(payload, 1);
  const password = byteAt(payload, 2 + name);
  const isLogIn = byteAt(payload, 0) === LOG_IN_VERSION && name > 0 && password > 0;
  if (isLogIn && payload.side === 0 && payload.length === 3 + name + password) out.security = SECURITY.clearLogin;
  else out.watch = payload.turn < MOST_TURNS;
  return false;
}

export const SOCKS_FAMILY: Family = {
  tcp: [
    {
      recogniser: recogniseSocks,
      ports: [SOCKS_PORT],
      first: [VERSION_5],
      watches: ['socks'],
      watcher: watchSocks,
    },
  ],
};
