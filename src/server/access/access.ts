import type { Clock } from '../../base/index.ts';
import { WeirError } from '../../base/index.ts';
import { type AccessFile, NAME, readAccess, type Session, type Token, type User, writeAccess } from './access-file.ts';
import { type Caller, isAtLeast } from './caller.ts';
import { checkPassword, Passwords } from './passwords.ts';
import type { Role } from './roles.ts';
import { hashOf, newSecret } from './secrets.ts';
import { SignInLimit } from './sign-in-limit.ts';

/** A session that nobody used for so long (less up to `USED_STEP_MS`) is over, and so is each after the longer time. */
const IDLE_MS = 12 * 3_600_000;
const LONGEST_MS = 7 * 86_400_000;
/** When it was used last is written no more often: a page asks many times a minute. */
const USED_STEP_MS = 600_000;
const FIRST_MS = 86_400_000;

/** What is saved has its owner by name: a user of such a name would own it too (identify.ts, views/published.ts). */
const OF_NODE: ReadonlySet<string> = new Set(['local', 'token', 'visitors']);

const MOST_USERS = 1_000;
const MOST_TOKENS = 1_000;
const MOST_SESSIONS_OF_USER = 20;

interface NewUser {
  readonly name: string;
  readonly password: string;
  readonly role: Role;
  readonly limit: string | null;
}

interface NewToken extends Pick<Token, 'name' | 'role' | 'limit' | 'expires'> {
  readonly by: string;
}

/** Where somebody signs in from. */
interface Origin {
  readonly from: string;
  readonly agent: string;
}

export interface SignedIn {
  readonly caller: Caller;
  readonly session: Session;
}

/** Users, their sessions, and tokens: who may come in. All of it is in one file, which each change replaces before it counts. */
export class Access {
  private readonly path: string;
  private readonly clock: Clock;
  private readonly passwords = new Passwords();
  private readonly attempts = new SignInLimit();
  private state: AccessFile;

  /** WeirError `corrupt` where the file cannot be read. */
  constructor(path: string, clock: Clock) {
    this.path = path;
    this.clock = clock;
    this.state = readAccess(path);
  }

  /** Nobody was ever let in by name: a port that only this machine reaches is open then. */
  get isEmpty(): boolean {
    return this.state.users.length === 0 && this.state.tokens.length === 0;
  }

  get hasUsers(): boolean {
    return this.state.users.length > 0;
  }

  get users(): readonly User[] {
    return this.state.users;
  }

  get tokens(): readonly Token[] {
    return this.state.tokens;
  }

  /** Those that are not over. */
  get sessions(): readonly Session[] {
    return this.state.sessions.filter((s) => this.isLive(s));
  }

  async addUser({ name, password, role, limit }: NewUser, check: () => void = () => {}): Promise<User> {
    this.checkNewUser(name, role);
    checkLimited(role, limit);
    checkPassword(password);
    const user = { name, role, limit, password: await this.passwords.hash(password), created: this.clock.now() };
    // Somebody else may have been first while the hash was made.
    this.checkNewUser(name, role);
    check();
    this.keep({ users: [...this.state.users, user], first: null });
    return user;
  }

  /** With another password, role or limit all sessions of the user end, but the one with the hash `kept`. */
  async changeUser(
    name: string,
    {
      password,
      ...change
    }: { password?: string | undefined; role?: Role | undefined; limit?: string | null | undefined },
    kept: string | null = null,
  ): Promise<User> {
    if (password !== undefined) checkPassword(password);
    const hash = password === undefined ? {} : { password: await this.passwords.hash(password) };
    const user = this.userNamed(name);
    const { role = user.role, limit = user.limit } = change;
    checkLimited(role, limit);
    const changed = { ...user, ...hash, role, limit };
    const users = this.state.users.map((u) => (u.name === name ? changed : u));
    checkAdmins(users);
    this.keep({ users, sessions: this.state.sessions.filter((s) => s.user !== name || s.hash === kept) });
    return changed;
  }

  /** Who knows the old password may set another; their other sessions end. Failures count as those of signing in do. */
  async changePassword(caller: Caller, old: string, password: string, from: string, keep: Session): Promise<void> {
    checkPassword(password);
    await this.authenticate(caller.name, old, from);
    await this.changeUser(caller.name, { password }, keep.hash);
  }

  removeUser(name: string): void {
    this.userNamed(name);
    const users = this.state.users.filter((u) => u.name !== name);
    checkAdmins(users);
    this.keep({ users, sessions: this.state.sessions.filter((s) => s.user !== name) });
  }

  /** Opens a session: its secret is told once and kept as a hash. WeirError `unauthorised`, which says no more than that, and `too_often`. */
  async signIn(name: string, password: string, origin: Origin): Promise<SignedIn & { readonly secret: string }> {
    const user = await this.authenticate(name.toLowerCase(), password, origin.from);
    return this.openSession(user, origin);
  }

  /** The first admin, by the code of the link that the node printed. It works once. */
  async signInFirst(code: string, user: NewUser, origin: Origin): Promise<SignedIn & { readonly secret: string }> {
    this.attempts.begin('first', origin.from, this.clock.now());
    const isRight = () => {
      const { first } = this.state;
      return !this.hasUsers && first !== null && first.expires > this.clock.now() && first.hash === hashOf(code);
    };
    const used = new WeirError('unauthorised', 'this link was used or is too old: start the node again for another');
    const check = () => {
      if (!isRight()) throw used;
    };
    check();
    this.attempts.succeeded('first', origin.from);
    checkPassword(user.password);
    const made = await this.addUser({ ...user, role: 'admin', limit: null }, check);
    return this.openSession(made, origin);
  }

  /** A new code for the first admin, in place of the one before. */
  firstCode(): string {
    const code = newSecret(128);
    this.keep({ first: { hash: hashOf(code), expires: this.clock.now() + FIRST_MS } });
    return code;
  }

  /** Null where there is no such session any more. */
  bySession(secret: string): SignedIn | null {
    const hash = hashOf(secret);
    const session = this.state.sessions.find((s) => s.hash === hash);
    if (session === undefined || !this.isLive(session)) return null;
    const user = this.state.users.find((u) => u.name === session.user);
    if (user === undefined) return null;
    const now = this.clock.now();
    if (now - session.used > USED_STEP_MS) {
      const used = { ...session, used: now };
      this.note({ sessions: this.state.sessions.map((s) => (s === session ? used : s)) });
    }
    return { session, caller: { name: user.name, role: user.role, limit: user.limit, via: 'session' } };
  }

  /** Null where there is no such token, or it is too old. */
  byToken(secret: string): Caller | null {
    const hash = hashOf(secret);
    const now = this.clock.now();
    const token = this.state.tokens.find((t) => t.hash === hash);
    if (token === undefined || (token.expires !== null && token.expires <= now)) return null;
    if (now - (token.used ?? 0) > USED_STEP_MS) {
      const used = { ...token, used: now };
      this.note({ tokens: this.state.tokens.map((t) => (t === token ? used : t)) });
    }
    return { name: `token ${token.name}`, role: token.role, limit: token.limit, via: 'token' };
  }

  /** Whether whoever published something may still publish the same: they are there, have the role, and see what they saw then. */
  mayPublish({ by, limit }: { readonly by: string; readonly limit: string | null }): boolean {
    if (OF_NODE.has(by)) return true;
    const user = this.state.users.find(({ name }) => name === by);
    const token = this.state.tokens.find(({ name }) => `token ${name}` === by);
    const now = user ?? (token && (token.expires ?? Infinity) > this.clock.now() ? token : undefined);
    return now !== undefined && now.limit === limit && isAtLeast(now, 'operator');
  }

  /** Its secret is told once and kept as a hash. */
  addToken(token: NewToken): { readonly token: Token; readonly secret: string } {
    if (!NAME.test(token.name)) throw wrongName(token.name);
    checkLimited(token.role, token.limit);
    if (this.state.tokens.some((t) => t.name === token.name))
      throw new WeirError('usage', `there is a token ${token.name} already`);
    if (this.state.tokens.length >= MOST_TOKENS)
      throw new WeirError('usage', `there are ${MOST_TOKENS} tokens already`);
    const secret = `weir_${newSecret(256)}`;
    const made = { ...token, id: newSecret(128), hash: hashOf(secret), created: this.clock.now(), used: null };
    this.keep({ tokens: [...this.state.tokens, made] });
    return { token: made, secret };
  }

  removeToken(name: string): void {
    const tokens = this.state.tokens.filter((t) => t.name !== name);
    if (tokens.length === this.state.tokens.length) throw new WeirError('not_found', `there is no token ${name}`);
    this.keep({ tokens });
  }

  /** Ends a session by its id, which is no secret. */
  endSession(id: string): void {
    const sessions = this.state.sessions.filter((s) => s.id !== id);
    if (sessions.length === this.state.sessions.length) throw new WeirError('not_found', 'there is no such session');
    this.keep({ sessions });
  }

  private async authenticate(name: string, password: string, from: string): Promise<User> {
    this.attempts.begin(name, from, this.clock.now());
    const user = this.state.users.find((u) => u.name === name);
    const isRight = await this.passwords.matches(password, user?.password);
    if (!isRight || user === undefined) throw new WeirError('unauthorised', 'the name or the password is wrong');
    const now = this.userNamed(name);
    // The password may have been set anew while this one was looked at: it is the old one then.
    if (now.password.hash !== user.password.hash)
      throw new WeirError('unauthorised', 'the name or the password is wrong');
    this.attempts.succeeded(name, from);
    return now;
  }

  private openSession(user: User, { from, agent }: Origin): SignedIn & { readonly secret: string } {
    const secret = newSecret(256);
    const now = this.clock.now();
    const session = {
      id: newSecret(128),
      hash: hashOf(secret),
      user: user.name,
      from,
      agent: agent.slice(0, 200),
      created: now,
      used: now,
    };
    const live = this.sessions;
    const own = live.filter((s) => s.user === user.name);
    const oldest = own.slice(0, Math.max(0, own.length + 1 - MOST_SESSIONS_OF_USER));
    this.keep({ sessions: [...live.filter((s) => !oldest.includes(s)), session] });
    return { secret, session, caller: { name: user.name, role: user.role, limit: user.limit, via: 'session' } };
  }

  private isLive({ created, used }: Session): boolean {
    const now = this.clock.now();
    return now - used < IDLE_MS && now - created < LONGEST_MS;
  }

  private checkNewUser(name: string, role: Role): void {
    if (!NAME.test(name)) throw wrongName(name);
    if (OF_NODE.has(name)) throw new WeirError('usage', `${name} is how the node names callers without an account`);
    if (this.state.users.some((u) => u.name === name)) throw new WeirError('usage', `there is a user ${name} already`);
    if (this.state.users.length >= MOST_USERS) throw new WeirError('usage', `there are ${MOST_USERS} users already`);
    if (!this.hasUsers && role !== 'admin')
      throw new WeirError('usage', 'the first user must be an admin: nobody could add or change users otherwise');
  }

  private userNamed(name: string): User {
    const user = this.state.users.find((u) => u.name === name);
    if (user === undefined) throw new WeirError('not_found', `there is no user ${name}`);
    return user;
  }

  /** When somebody was here last: on a full disk they come in all the same, and the next change that can be kept has it. */
  private note(change: Partial<AccessFile>): void {
    this.state = { ...this.state, ...change };
    try {
      writeAccess(this.path, this.state);
    } catch {
      // The store says of the same disk what is wrong.
    }
  }

  /** On disk first: what cannot be kept does not count. */
  private keep(change: Partial<AccessFile>): void {
    const next = { ...this.state, ...change };
    writeAccess(this.path, next);
    this.state = next;
  }
}

function checkAdmins(users: readonly User[]): void {
  if (users.length === 0 || users.some((u) => u.role === 'admin')) return;
  throw new WeirError('usage', 'this is the last admin: nobody could add or change users without one');
}

/** A limit that whoever has it can take away is none. */
function checkLimited(role: Role, limit: string | null): void {
  if (role === 'admin' && limit !== null)
    throw new WeirError('usage', 'an admin has no limit, who could take it away: give it to a viewer or an operator');
}

function wrongName(name: string): WeirError {
  const shown = JSON.stringify(name.slice(0, 64));
  return new WeirError('usage', `${shown} is no name: a to z, 0 to 9 and . _ @ - after the first, 64 at most`);
}
