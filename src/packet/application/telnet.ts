import { applicationNumber } from '../../flow/index.ts';
import { type Finding, found, SECURITY } from './finding.ts';
import { range } from './forms.ts';
import { atPort, type Payload } from './payload.ts';
import { byteAt, findWord } from './payload-bytes.ts';
import type { Family } from './recogniser.ts';
import { words } from './words.ts';

const TELNET = applicationNumber('telnet');
/** RFC 854: interpret as command; WILL, WON'T, DO or DON'T, or a subnegotiation. */
const IAC = 255;
const SPACE = 0x20;
const DELETE = 0x7f;
const [PASSWORD] = words('assword') as [Uint8Array];
/** A prompt stands in the last of what the server says before it waits. */
const MOST_PROMPT_BYTES = 4096;
/** Names may be typed letter by letter, and more than once. */
const MOST_TURNS = 100;

function recogniseTelnet(payload: Payload, out: Finding): boolean {
  if (byteAt(payload, 0) !== IAC) return false;
  const command = byteAt(payload, 1);
  const option = byteAt(payload, 2);
  // https://www.iana.org/assignments/telnet-options: to 49, and 138 to 140, 255.
  if (command < 250 || command > 254 || option < 0 || (option > 50 && option < 138)) return false;
  const isMore = byteAt(payload, 3) === IAC || command === 250 || payload.length === 3;
  if (!isMore && !atPort(payload, 23)) return false;
  found(out, TELNET);
  watchTelnet(payload, out);
  return true;
}

/** A log-in: the server asks for a password (noted as candidate), and the client types something. Of what is encrypted (RFC 2946) neither is seen. */
function watchTelnet(payload: Payload, out: Finding): boolean {
  out.watch = payload.turn < MOST_TURNS;
  if (payload.side === 1) {
    const end = Math.min(payload.length, MOST_PROMPT_BYTES);
    if (findWord(payload, 0, end, PASSWORD) >= 0) out.candidate = TELNET;
  } else if (payload.candidate === TELNET && isTyped(payload)) {
    out.security = SECURITY.clearLogin;
    out.watch = false;
  }
  return false;
}

function isTyped(payload: Payload): boolean {
  const first = byteAt(payload, 0);
  return first >= SPACE && first < DELETE;
}

export const TELNET_FAMILY: Family = {
  tcp: [
    {
      recogniser: recogniseTelnet,
      ports: [23],
      first: [IAC],
      forms: [{ shortest: 3, at: { 1: range(250, 254) } }],
      watches: ['telnet'],
      watcher: watchTelnet,
    },
  ],
};
