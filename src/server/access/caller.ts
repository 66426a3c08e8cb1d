import type { FastifyRequest } from 'fastify';
import { WeirError } from '../../base/index.ts';
import type { Session } from './access-file.ts';
import { ROLES, type Role } from './roles.ts';

/** Who a request is from. */
export interface Caller {
  readonly name: string;
  readonly role: Role;
  /** A filter that is added to whatever they ask; null: they see all traffic. */
  readonly limit: string | null;
  /** How they came in; `open`: by a port of loopback while nobody has to sign in. */
  readonly via: 'unix' | 'session' | 'token' | 'open';
}

/** Who may use a route: a role and those above it, or anybody, signed in or not. */
type Need = Role | 'nobody';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks. Of a request for what anybody may have, and that says no more of itself, it is `NOBODY`. */
    caller: Caller;
    /** Whether the same caller would be let in now, with the same role and limit: of answers that have no end. */
    isStillKnown: () => boolean;
    /** The session that they signed in to; null where they came by other means. */
    session: { readonly kept: Session; readonly secret: string } | null;
    /** What the audit log says of the request, in place of its parameters. */
    noted: Readonly<Record<string, unknown>> | null;
    /** Rows of the answer, for the audit log. */
    rows: number | undefined;
    /** The status that a failure would have had that came after the status line; null where there was none. */
    failed: number | null;
  }
  interface FastifyContextConfig {
    /** Who may use the route; a route that does not say it is for admins. */
    needs?: Need;
    /**
     * `kept`: the answer is of no more than the caller's limit, or tells nothing of traffic. Every other route refuses callers who have a limit.
     */
    limit?: 'kept';
    /** Pages of other sites may show what it answers, as a picture: it is the same for everybody. */
    shownBy?: 'anybody';
  }
}

/** Whoever has not signed in: is let in to nothing but what needs nobody, and sees no flow. */
export const NOBODY: Caller = { name: '', role: 'viewer', limit: 'not any', via: 'open' };

export function isAtLeast(caller: Pick<Caller, 'role'>, role: Role): boolean {
  return ROLES.indexOf(caller.role) >= ROLES.indexOf(role);
}

/** WeirError `forbidden` where the caller may not use the route of the request. */
export function checkNeed({ caller, routeOptions, is404 }: FastifyRequest): void {
  if (is404) return;
  const { needs = 'admin', limit } = routeOptions.config;
  if (needs === 'nobody') return;
  if (!isAtLeast(caller, needs))
    throw new WeirError('forbidden', `this needs the role ${needs}, and ${caller.name} has the role ${caller.role}`);
  if (limit !== 'kept') refuseLimited(caller);
}

/** WeirError `forbidden` for a caller with a limit: what is asked for cannot be cut down to a part of the traffic. */
function refuseLimited({ limit }: Caller): void {
  if (limit === null) return;
  throw new WeirError('forbidden', `this is of all traffic, and you see no more than a part: ${limit}`);
}
