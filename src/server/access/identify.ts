import { createHash, timingSafeEqual } from 'node:crypto';
import type { Door } from '../guard.ts';
import { isLoopback } from '../listen-address.ts';
import type { Caller } from './caller.ts';

export interface IdentifyOptions {
  readonly door: Door;
  /** The token of the settings; null where there is none. */
  readonly token: string | null;
}

/** What a request says of who sent it. */
export interface Credentials {
  readonly authorization: string | undefined;
}

const OPEN: Caller = { name: 'local', role: 'admin', limit: null, via: 'open' };
const UNIX: Caller = { name: 'local', role: 'admin', limit: null, via: 'unix' };
const TOKEN: Caller = { name: 'token', role: 'admin', limit: null, via: 'token' };

/** Who sent a request; a text where nobody knows: what is missing or wrong. The Unix socket has mode 0600: who can open it may do anything. */
export function makeIdentify({ door, token }: IdentifyOptions): (sent: Credentials) => Caller | string {
  if (door.kind === 'unix') return () => UNIX;
  return ({ authorization }) => {
    if (token === null && isLoopback(door.address)) return OPEN;
    const sent = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (sent === undefined) return 'a token is needed: send it as `Authorization: Bearer TOKEN`';
    return token !== null && sameSecret(sent, token) ? TOKEN : 'the token is wrong';
  };
}

/** Equal hashes of equal length take the same time to compare wherever they differ, and hide the length of the secret. */
export function sameSecret(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
