import { enumCode } from '../../flow/index.ts';
import { U32 } from '../flow-record.ts';

/** How an application is known: codes of the column `application_evidence`. */
export const EVIDENCE = {
  none: 0,
  state: enumCode('application_evidence', 'state'),
  payload: enumCode('application_evidence', 'payload'),
} as const;
/** How the name of a server is known: codes of the column `server_name_source`. */
export const NAME_SOURCE = { none: 0, payload: 1, name: 2 } as const;

/** Which end began: codes of the column `client_side`. */
export const CLIENT_SIDE = {
  unknown: 0,
  source: enumCode('client_side', 'source'),
  destination: enumCode('client_side', 'destination'),
} as const;

const EVIDENCE_SHIFT = 16;
const SECURITY_SHIFT = 19;
const SOURCE_SHIFT = 22;
/** `security` of payload that shows none of the weaknesses that it names. */
export const SECURITY_OK = enumCode('security', 'ok');
const CLIENT_SHIFT = 24;

/** The word of a record in which these stand: number of the application, its evidence, `security`, how the name of the server is known, which end began. */
export function applicationIn(word: number): number {
  return word & 0xffff;
}
export function evidenceIn(word: number): number {
  return (word >>> EVIDENCE_SHIFT) & 7;
}
export function securityIn(word: number): number {
  return (word >>> SECURITY_SHIFT) & 7;
}
export function nameSourceIn(word: number): number {
  return (word >>> SOURCE_SHIFT) & 3;
}

export function setApplication(u32: Uint32Array, u: number, application: number, how: number): void {
  const kept = u32[u + U32.naming]! & ~(0xffff | (7 << EVIDENCE_SHIFT));
  u32[u + U32.naming] = kept | application | (how << EVIDENCE_SHIFT);
}

/** A weakness that was seen is not undone by what shows none. */
export function addSecurity(u32: Uint32Array, u: number, security: number): void {
  const word = u32[u + U32.naming]!;
  if (security === 0 || (security === SECURITY_OK && securityIn(word) !== 0)) return;
  u32[u + U32.naming] = (word & ~(7 << SECURITY_SHIFT)) | (security << SECURITY_SHIFT);
}

export function setNameSource(u32: Uint32Array, u: number, source: number): void {
  u32[u + U32.naming] = (u32[u + U32.naming]! & ~(3 << SOURCE_SHIFT)) | (source << SOURCE_SHIFT);
}

export function clientSideIn(word: number): number {
  return (word >>> CLIENT_SHIFT) & 3;
}

export function setClientSide(u32: Uint32Array, u: number, code: number): void {
  u32[u + U32.naming] = (u32[u + U32.naming]! & ~(3 << CLIENT_SHIFT)) | (code << CLIENT_SHIFT);
}

/** The same of the other direction, whose source is the destination of this one. */
export function withSidesTurned(word: number): number {
  const code = clientSideIn(word);
  if (code === CLIENT_SIDE.unknown) return word;
  return word ^ ((CLIENT_SIDE.source ^ CLIENT_SIDE.destination) << CLIENT_SHIFT);
}
