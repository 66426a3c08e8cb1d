import { isIPv6 } from 'node:net';
import type * as Snmp from 'net-snmp';
import type { InterfaceState } from '../../truth/index.ts';
import { guardedSockets } from './guarded-socket.ts';
import type { SnmpAccess } from './snmp-setting.ts';

/** Why an exporter did not tell its interfaces. */
export const SNMP_FAILURES = ['timeout', 'refused', 'unreachable', 'invalid'] as const;
export type SnmpFailureCause = (typeof SNMP_FAILURES)[number];

export class SnmpFailure extends Error {
  readonly reason: SnmpFailureCause;

  constructor(reason: SnmpFailureCause, message: string) {
    super(message);
    this.name = 'SnmpFailure';
    this.reason = reason;
  }
}

type SnmpModule = (typeof Snmp)['default'];

/** IF-MIB (RFC 2863). */
const IF_NAME = '1.3.6.1.2.1.31.1.1.1.1';
const IF_HIGH_SPEED = '1.3.6.1.2.1.31.1.1.1.15';
const IF_ALIAS = '1.3.6.1.2.1.31.1.1.1.18';
const IF_DESCR = '1.3.6.1.2.1.2.2.1.2';
const IF_SPEED = '1.3.6.1.2.1.2.2.1.5';
/** What ifSpeed says of interfaces that are faster than it can say. */
const TOO_FAST = 0xffff_ffff;

/** As many as exports may name. */
const MOST_INTERFACES = 16_384;
const MOST_CHARACTERS = 255;
const NOT_SNMP = 'it answers what is not SNMP';
const TOO_LONG = 'its answers take too long';
/** Rows in an answer: about a kilobyte. */
const REPETITIONS = 20;

export interface WalkBounds {
  readonly timeoutMs: number;
  readonly retries: number;
  /** Of all answers of one device together. */
  readonly totalMs: number;
}

export const WALK_BOUNDS: WalkBounds = { timeoutMs: 3_000, retries: 1, totalMs: 60_000 };

/** Asks a device for names, descriptions and speeds of its interfaces, one column after the other. Throws SnmpFailure, at the latest after `totalMs`. */
export async function walkInterfaces(
  snmp: SnmpModule,
  address: string,
  access: SnmpAccess,
  { timeoutMs, retries, totalMs }: WalkBounds = WALK_BOUNDS,
  stopped?: AbortSignal,
): Promise<InterfaceState[]> {
  let fail: (failure: SnmpFailure) => void = () => {};
  // Whatever becomes of the questions: net-snmp forgets some without a word.
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => {});
  const dgramModule = guardedSockets((error) => fail(new SnmpFailure('invalid', `${NOT_SNMP}: ${error.message}`)));
  const transport = isIPv6(address) ? ('udp6' as const) : ('udp4' as const);
  const options = { port: access.port, transport, timeout: timeoutMs, retries, idBitsSize: 32, dgramModule };
  const session =
    access.version === '2c'
      ? snmp.createSession(address, access.community, { ...options, version: snmp.Version2c })
      : snmp.createV3Session(address, userOf(snmp, access), options);
  // The socket itself: an address of a family that this machine does not have, for one.
  session.on('error', (error: Error) => fail(new SnmpFailure('unreachable', error.message)));
  const stop = () => fail(new SnmpFailure('timeout', 'it had not answered when weir stopped'));
  stopped?.addEventListener('abort', stop);
  if (stopped?.aborted) stop();
  const timer = setTimeout(() => fail(new SnmpFailure('timeout', TOO_LONG)), totalMs);
  const deadline = Date.now() + totalMs;
  const column = (oid: string) => Promise.race([walkColumn(snmp, session, oid, deadline), failed]);
  try {
    const names = await column(IF_NAME);
    const descriptions = names.size > 0 ? new Map<number, string>() : await column(IF_DESCR);
    const aliases = await column(IF_ALIAS);
    const fast = await column(IF_HIGH_SPEED);
    const slow = await column(IF_SPEED);
    const indexes = [...new Set([names, descriptions, aliases].flatMap((m) => [...m.keys()]))];
    return indexes.map((index) => ({
      index,
      name: names.get(index) || descriptions.get(index) || '',
      description: aliases.get(index) ?? '',
      speed: speedOf(Number(fast.get(index) ?? 0), Number(slow.get(index) ?? 0)),
    }));
  } finally {
    clearTimeout(timer);
    stopped?.removeEventListener('abort', stop);
    session.close();
  }
}

/** ifHighSpeed is in units of a million bits per second, and 0 for what is slower than half of that. */
function speedOf(megabits: number, bits: number): number {
  if (megabits > 0) return megabits * 1_000_000;
  return bits < TOO_FAST ? bits : 0;
}

function walkColumn(
  snmp: SnmpModule,
  session: Snmp.Session,
  oid: string,
  deadline: number,
): Promise<Map<number, string>> {
  const values = new Map<number, string>();
  return new Promise((resolve, reject) => {
    const feed = (varbinds: Snmp.Varbind[]) => {
      for (const varbind of varbinds) {
        if (snmp.isVarbindError(varbind)) continue;
        const index = Number(varbind.oid.slice(oid.length + 1));
        if (Number.isInteger(index) && index > 0) values.set(index, textOf(varbind.value));
      }
      // True ends the walk.
      return Date.now() > deadline || values.size >= MOST_INTERFACES;
    };
    session.subtree(oid, REPETITIONS, feed as Snmp.FeedCallback, (error) => {
      if (error) reject(failureOf(error));
      else if (Date.now() > deadline) reject(new SnmpFailure('timeout', TOO_LONG));
      else resolve(values);
    });
  });
}

/** Names are text that somebody typed (DisplayString, UTF-8 in SnmpAdminString): nothing of it may move a cursor. */
function textOf(value: unknown): string {
  const text = Buffer.isBuffer(value) ? value.toString('utf8') : String(value ?? '');
  return text
    .replace(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, MOST_CHARACTERS);
}

function userOf(snmp: SnmpModule, access: SnmpAccess): Snmp.User {
  const { auth, privacy } = access;
  const level = auth === null ? 'noAuthNoPriv' : privacy === null ? 'authNoPriv' : 'authPriv';
  return {
    name: access.user!,
    level: snmp.SecurityLevel[level],
    ...(auth === null ? {} : { authProtocol: snmp.AuthProtocols[auth], authKey: access.authPassword }),
    ...(privacy === null ? {} : { privProtocol: snmp.PrivProtocols[privacy], privKey: access.privacyPassword }),
  };
}

/** ECouldNotDecrypt, EAuthFailure, ECommunityNoMatch and EUnexpectedReport of net-snmp. */
const CREDENTIALS = new Set([4, 5, 10, 11]);

/** Agents do not answer a community that they do not know. */
function failureOf(error: Error): SnmpFailure {
  if (error instanceof SnmpFailure) return error;
  const { message } = error;
  if (error.name === 'RequestTimedOutError')
    return new SnmpFailure(
      'timeout',
      'no answer: it does not listen, a filter is on the way, or the community is wrong',
    );
  if (error.name === 'RequestFailedError') return new SnmpFailure('refused', `it refuses: ${message}`);
  if (error.name === 'ResponseInvalidError')
    return CREDENTIALS.has((error as Snmp.ResponseInvalidError).code ?? 0)
      ? new SnmpFailure('refused', `user or password is not what it knows: ${message}`)
      : new SnmpFailure('invalid', `${NOT_SNMP}: ${message}`);
  return new SnmpFailure('unreachable', message);
}
