import type { FastifyRequest } from 'fastify';
import { WeirError } from '../../base/index.ts';
import type { Door } from '../guard.ts';
import { isLoopback } from '../listen-address.ts';
import type { Access } from './access.ts';
import type { Session } from './access-file.ts';
import type { Caller } from './caller.ts';
import { hashOf, sameSecret } from './secrets.ts';

export interface IdentifyOptions {
  readonly door: Door;
  /** The token of the settings; null where there is none. */
  readonly token: string | null;
  /** Users, sessions and tokens; absent where there are none and none can be made. */
  readonly access?: Access | undefined;
}

/** What a request says of who sent it. */
export interface Credentials {
  readonly authorization: string | undefined;
  readonly cookie: string | undefined;
  readonly isTls: boolean;
}

export interface Identified {
  readonly caller: Caller;
  /** Where they signed in. */
  readonly session?: { readonly kept: Session; readonly secret: string };
}

const OPEN: Caller = { name: 'local', role: 'admin', limit: null, via: 'open' };
const UNIX: Caller = { name: 'local', role: 'admin', limit: null, via: 'unix' };
const TOKEN: Caller = { name: 'token', role: 'admin', limit: null, via: 'token' };

/** Who sent a request; a text where nobody knows: what is missing or wrong. The Unix socket has mode 0600: who can open it may do anything. */
export function makeIdentify({ door, token, access }: IdentifyOptions): (sent: Credentials) => Identified | string {
  if (door.kind === 'unix') return () => ({ caller: UNIX });
  const isLocal = isLoopback(door.address);
  return ({ authorization, cookie, isTls }) => {
    const sent = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (sent !== undefined) {
      if (token !== null && sameSecret(sent, token)) return { caller: TOKEN };
      const caller = access?.byToken(sent) ?? null;
      if (caller !== null) return { caller };
    }
    const secret = cookieOf(cookie, isTls);
    const signedIn = secret === undefined ? null : (access?.bySession(secret) ?? null);
    // A wrong token is told, and not made up for by a cookie.
    if (signedIn !== null && sent === undefined)
      return { caller: signedIn.caller, session: { kept: signedIn.session, secret: secret! } };
    if (isLocal && token === null && (access?.isEmpty ?? true)) return { caller: OPEN };
    if (sent !== undefined) return 'the token is wrong';
    if (access === undefined || (access.isEmpty && token !== null))
      return 'a token is needed: send it as `Authorization: Bearer TOKEN`';
    return access.hasUsers
      ? 'sign in, or send a token as `Authorization: Bearer TOKEN`'
      : 'nobody can sign in yet: open the link that the node printed at its start, or add a user with `weir user add` on its machine';
  };
}

/** The prefix makes browsers refuse it without TLS and from other hosts (RFC 6265bis section 4.1.3.2). */
function cookieName(isTls: boolean): string {
  return isTls ? '__Host-weir_session' : 'weir_session';
}

function cookieOf(header: string | undefined, isTls: boolean): string | undefined {
  const begin = `${cookieName(isTls)}=`;
  const found = header
    ?.split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(begin));
  const value = found?.slice(begin.length);
  return value !== undefined && /^[\w-]{43}$/.test(value) ? value : undefined;
}

/** Set-Cookie of a session; of none, which ends it in the browser. */
export function sessionCookie(secret: string | null, request: FastifyRequest): string {
  const isTls = request.protocol === 'https';
  const age = secret === null ? 0 : 7 * 86_400;
  const secure = isTls ? '; Secure' : '';
  return `${cookieName(isTls)}=${secret ?? ''}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Strict${secure}`;
}

/** WeirError `forbidden` for what changes something with a session's cookie and without its number: a browser sends the cookie by itself. */
export function checkCsrf({ method, headers, session }: FastifyRequest): void {
  if (session === null || method === 'GET' || method === 'HEAD') return;
  const sent = headers['x-weir-csrf'];
  if (typeof sent === 'string' && sameSecret(sent, csrfOf(session.secret))) return;
  throw new WeirError('forbidden', 'the header x-weir-csrf is missing or wrong: GET /api/v1/session tells it');
}

/** What a page sends with all that changes something, to show that it could read an answer of this node: no page of another site can. */
export function csrfOf(secret: string): string {
  return hashOf(`csrf ${secret}`);
}
