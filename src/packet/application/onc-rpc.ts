import { applicationNumber } from '../../flow/index.ts';
import { announce, announceAt, foundAndWatch } from './conclude.ts';
import { type Finding, found } from './finding.ts';
import { bytesFrom, type Form } from './forms.ts';
import type { Payload } from './payload.ts';
import { byteAt, isDigit, longAt } from './payload-bytes.ts';
import type { Family } from './recogniser.ts';

const SUNRPC = applicationNumber('sunrpc');
const PORTMAP = applicationNumber('portmap');
const NFS = applicationNumber('nfs');
const MOUNT = applicationNumber('mount');

const TCP = 6;
const UDP = 17;
const PORTMAP_PROGRAM = 100_000;
/** Procedures of the portmapper (RFC 1833): GETPORT of version 2, GETADDR of versions 3 and 4. */
const GET = 3;
/** An empty CREDENTIAL and VERIFIER are eight bytes each. */
const CALL_HEADER = 24;
const MOST_CREDENTIAL = 400;

/** Programs as registered with IANA (rpc-program-numbers). */
function applicationOfProgram(program: number): number {
  if (program === PORTMAP_PROGRAM) return PORTMAP;
  if (program === 100_003 || program === 100_227 || program === 100_021 || program === 100_024) return NFS;
  if (program === 100_005) return MOUNT;
  return program >= 100_000 && program < 101_000 ? SUNRPC : 0;
}

function recogniseDatagram(payload: Payload, out: Finding): boolean {
  return recogniseMessage(payload, 0, out);
}

/** RFC 5531 section 11: a mark with the length stands before each record. */
function recogniseStream(payload: Payload, out: Finding): boolean {
  const mark = longAt(payload, 0);
  return mark >= 0x8000_0000 && mark - 0x8000_0000 >= CALL_HEADER && recogniseMessage(payload, 4, out);
}

/** RFC 5531 section 9. A reply says nothing of the program: it counts only where its call was seen. */
function recogniseMessage(payload: Payload, at: number, out: Finding): boolean {
  const type = longAt(payload, at + 4);
  if (type !== 0 || longAt(payload, at + 8) !== 2) return false;
  const program = longAt(payload, at + 12);
  const application = applicationOfProgram(program);
  if (application === 0 || longAt(payload, at + 16) > 4) return false;
  const body = behindCredentials(payload, at + CALL_HEADER);
  if (longAt(payload, at + 20) > 40 || body < 0) return false;
  if (application !== PORTMAP) return found(out, application);
  if (longAt(payload, at + 20) === GET) out.candidate = applicationOfProgram(longAt(payload, body));
  return foundWithCandidate(out);
}

/** What was asked for is kept: the answer is the port alone. */
function foundWithCandidate(out: Finding): true {
  const { candidate } = out;
  foundAndWatch(out, PORTMAP);
  out.candidate = candidate;
  return true;
}

/** Where the arguments begin: behind credential and verifier, each a flavour, a length and that many bytes; -1 where they are none. */
function behindCredentials(payload: Payload, from: number): number {
  let at = from;
  for (let n = 0; n < 2; n++) {
    const length = longAt(payload, at + 4);
    if (length < 0 || length > MOST_CREDENTIAL) return -1;
    // Flavours: 0 none, 1 sys, 2 short, 3 DH, 6 RPCSEC_GSS, 7 TLS.
    if (longAt(payload, at) > 7) return -1;
    at += 8 + ((length + 3) & ~3);
  }
  return at <= payload.length ? at : -1;
}

function watchDatagram(payload: Payload, out: Finding): boolean {
  return watchPortmap(payload, 0, out);
}

function watchStream(payload: Payload, out: Finding): boolean {
  return watchPortmap(payload, 4, out);
}

/** RFC 5531 section 9: a reply that was accepted and went well, then a port or the universal address in text. */
function watchPortmap(payload: Payload, at: number, out: Finding): boolean {
  if (longAt(payload, at + 4) === 0) return recogniseMessage(payload, at, out);
  const isGood = longAt(payload, at + 4) === 1 && longAt(payload, at + 8) === 0 && longAt(payload, at + 20) === 0;
  const body = at + 24;
  const value = longAt(payload, body);
  if (isGood && payload.candidate !== 0) {
    const isPort = payload.length === body + 4;
    announceBoth(payload, out, isPort ? value : universalPort(payload, body + 4, value));
  }
  return foundAndWatch(out, PORTMAP);
}

/** The reply does not say for which transport it is. */
function announceBoth(payload: Payload, out: Finding, port: number): void {
  announceAt(announce(out, TCP, port, payload.candidate), payload.srcAddr);
  announceAt(announce(out, UDP, port, payload.candidate), payload.srcAddr);
}

/** RFC 5665 section 5.2.3.3: the last two numbers between dots are the bytes of the port; 0 where there are none. */
function universalPort(payload: Payload, from: number, length: number): number {
  if (length < 3 || length > 64 || from + length > payload.length) return 0;
  let high = 0;
  let low = 0;
  for (let at = from; at < from + length; at++) {
    const byte = byteAt(payload, at);
    if (byte === 0x2e) {
      high = low;
      low = 0;
    } else if (isDigit(byte)) low = low * 10 + byte - 48;
    else low = 0;
  }
  return high < 256 && low < 256 ? high * 256 + low : 0;
}

/** A call of version 2 to one of the programs that are known. */
const callAt = (at: number): Form => ({
  shortest: at + CALL_HEADER,
  at: { ...bytesFrom(at + 4, 0, 0, 0, 0), ...bytesFrom(at + 8, 0, 0, 0, 2), ...bytesFrom(at + 12, 0, 1) },
});

export const ONC_RPC: Family = {
  tcp: [
    {
      recogniser: recogniseStream,
      ports: [111, 2049],
      first: [0x80],
      forms: [callAt(4)],
      watches: ['portmap'],
      watcher: watchStream,
    },
  ],
  udp: [
    {
      recogniser: recogniseDatagram,
      ports: [111, 2049],
      forms: [callAt(0)],
      watches: ['portmap'],
      watcher: watchDatagram,
    },
  ],
};
