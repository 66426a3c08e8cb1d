/** Codes of the column `security`. */
export const SECURITY = { unknown: 0, ok: 1, clearLogin: 2, oldTls: 3, ssh1: 4, smb1: 5 } as const;

/** What of a question and its answer a payload is. */
export const EXCHANGE = { none: 0, query: 1, answer: 2 } as const;

/** Longer names are no host names (RFC 1035 section 2.3.4). */
const MAX_NAME = 255;
/** Of one payload: who announces more is not believed. */
const MAX_ANNOUNCED = 8;
/** Of one answer of DNS; resolvers seldom give more. */
const MAX_NAMED = 16;

/** An end point that a payload announces: the flow to it will be of this application. */
export interface Announced {
  readonly address: Uint32Array;
  port: number;
  /** IP protocol. */
  protocol: number;
  application: number;
}

/** An address that a payload gives a name (DNS answers). */
interface NamedAddress {
  readonly address: Uint32Array;
  /** For so many seconds, as the answer says. */
  ttl: number;
}

/** What a payload shows. One object is filled again for each call. */
export interface Finding {
  /** Number of APPLICATIONS; 0: not recognised. */
  application: number;
  /** Not sure: what the other side's, or more, bytes would have to show. */
  candidate: number;
  /** More bytes of this side may tell: they are kept and given again, joined with those that come. With `application` set that is sure, and the name may be in what comes. */
  more: boolean;
  /** Later payloads of the flow are to be looked at as well (`Payload.application` is then set): they announce end points, log in, or end in STARTTLS. */
  watch: boolean;
  /** Code of SECURITY, 0 where the payload says nothing of it. */
  security: number;
  /** Name of the server that is asked for, UTF-8 in lower case; length 0 none. */
  readonly name: Uint8Array;
  nameLength: number;
  announced: number;
  readonly announcements: readonly Announced[];
  /** A message of DNS asks for `name`, or answers: one answers the other where the transaction is the same as well (RFC 1035 section 4.1.1). */
  exchange: number;
  transaction: number;
  /** Addresses that `name` was given: those of an answer of DNS, where `name` is what was asked for. */
  named: number;
  readonly namedAddresses: readonly NamedAddress[];
}

export function newFinding(): Finding {
  return {
    application: 0,
    candidate: 0,
    more: false,
    watch: false,
    security: SECURITY.unknown,
    name: new Uint8Array(MAX_NAME),
    nameLength: 0,
    announced: 0,
    announcements: Array.from({ length: MAX_ANNOUNCED }, () => ({
      address: new Uint32Array(4),
      port: 0,
      protocol: 0,
      application: 0,
    })),
    exchange: EXCHANGE.none,
    transaction: 0,
    named: 0,
    namedAddresses: Array.from({ length: MAX_NAMED }, () => ({ address: new Uint32Array(4), ttl: 0 })),
  };
}

/** The payload is of this application: what a recogniser returns. */
export function found(out: Finding, application: number): true {
  out.application = application;
  out.candidate = 0;
  out.more = false;
  return true;
}

export function clearFinding(out: Finding): void {
  out.application = 0;
  out.candidate = 0;
  out.more = false;
  out.watch = false;
  out.security = SECURITY.unknown;
  out.nameLength = 0;
  out.announced = 0;
  out.exchange = EXCHANGE.none;
  out.named = 0;
}
