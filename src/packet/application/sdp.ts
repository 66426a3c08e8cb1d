import { applicationNumber } from '../../flow/index.ts';
import { announce, announceAt } from './conclude.ts';
import type { Finding } from './finding.ts';
import type { Payload } from './payload.ts';
import { readAddress } from './payload-address.ts';
import { ascii, byteAt, lineEnd, standsAt } from './payload-bytes.ts';
import { decimal, digitsEnd, findBytes } from './payload-text.ts';

const RTP = applicationNumber('rtp');
const RTCP = applicationNumber('rtcp');
const SRTP = applicationNumber('srtp');

const UDP = 17;
const MOST_LINES = 200;
const START = ascii('v=0');
const CONNECTION = ascii('c=IN IP');
const RTCP_PORT = ascii('a=rtcp:');
const SECURE = ascii('RTP/SAVP');
const PLAIN = ascii('RTP/AVP');

/** Filled for each call; the names of what a description says before its medium is complete. */
const address = new Uint32Array(4);
const media = { port: 0, rtcpPort: 0, application: 0, hasAddress: false };

/** RFC 8866: where media of a description will be received is announced. It begins between `from` and the payload's end. */
export function announceMedia(payload: Payload, from: number, out: Finding): void {
  let at = findBytes(payload, from, payload.length, START);
  media.port = 0;
  media.hasAddress = false;
  for (let n = 0; at >= 0 && at < payload.length && n < MOST_LINES; n++) {
    const end = lineEnd(payload, at);
    readLine(payload, at, end < 0 ? payload.length : end, out);
    at = end < 0 ? -1 : end + 1;
  }
  announceMedium(out);
}

function readLine(payload: Payload, at: number, end: number, out: Finding): void {
  if (standsAt(payload, at, CONNECTION)) media.hasAddress = readAddress(payload, at + CONNECTION.length + 2, address);
  else if (standsAt(payload, at, RTCP_PORT)) {
    const from = at + RTCP_PORT.length;
    media.rtcpPort = decimal(payload, from, digitsEnd(payload, from));
  } else if (byteAt(payload, at) === 0x6d && byteAt(payload, at + 1) === 0x3d) {
    announceMedium(out);
    readMedium(payload, at + 2, end);
  }
}

/** Section 5.14: medium, port, protocol. */
function readMedium(payload: Payload, from: number, end: number): void {
  let at = from;
  while (at < end && byteAt(payload, at) !== 0x20) at++;
  const portEnd = digitsEnd(payload, at + 1);
  media.application =
    findBytes(payload, portEnd, end, SECURE) > 0 ? SRTP : findBytes(payload, portEnd, end, PLAIN) > 0 ? RTP : 0;
  media.port = decimal(payload, at + 1, portEnd);
  // RFC 3550 section 11: RTCP has the next port where nothing else is said.
  media.rtcpPort = media.port + 1;
}

function announceMedium(out: Finding): void {
  if (media.port === 0 || media.application === 0 || !media.hasAddress) return;
  announceAt(announce(out, UDP, media.port, media.application), address);
  if (media.rtcpPort !== media.port) announceAt(announce(out, UDP, media.rtcpPort, RTCP), address);
  media.port = 0;
}
