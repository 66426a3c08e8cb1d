import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { WeirError } from '../../base/index.ts';

/** A password as it is kept. */
export interface PasswordHash {
  readonly salt: string;
  readonly hash: string;
}

/** scrypt (RFC 7914) with 32 MiB and about 0.1 s a try: what is guessed offline costs as much. */
const COST = { N: 1 << 15, r: 8, p: 1, maxmem: 64 << 20 } as const;
const HASH_BYTES = 32;
/** Each takes 32 MiB. */
const AT_ONCE = 2;
/** More than that wait for nothing. */
const MOST_WAITING = 32;

const LEAST_PASSWORD = 8;
/** Looked at before any work is done with it. */
const MOST_PASSWORD_BYTES = 1_024;

/** WeirError `usage` for a password that is too short or too long to be kept. */
export function checkPassword(password: string): void {
  if ([...password].length < LEAST_PASSWORD)
    throw new WeirError('usage', `a password needs at least ${LEAST_PASSWORD} characters`);
  if (Buffer.byteLength(password) > MOST_PASSWORD_BYTES)
    throw new WeirError('usage', `a password may have ${MOST_PASSWORD_BYTES} bytes at most`);
}

/** Makes and tests hashes, two at a time: whoever tries to sign in a thousand times gets no more memory than that. */
export class Passwords {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  /** What is computed for names that nobody has, so that the time tells nothing. */
  private readonly nobody: PasswordHash = {
    salt: randomBytes(16).toString('base64'),
    hash: randomBytes(HASH_BYTES).toString('base64'),
  };

  async hash(password: string): Promise<PasswordHash> {
    const salt = randomBytes(16);
    return { salt: salt.toString('base64'), hash: (await this.derive(password, salt)).toString('base64') };
  }

  /** False also where there is no hash, after the same work. */
  async matches(password: string, kept: PasswordHash | undefined): Promise<boolean> {
    if (Buffer.byteLength(password) > MOST_PASSWORD_BYTES) return false;
    const { salt, hash } = kept ?? this.nobody;
    const derived = await this.derive(password, Buffer.from(salt, 'base64'));
    const wanted = Buffer.from(hash, 'base64');
    return wanted.length === derived.length && timingSafeEqual(derived, wanted) && kept !== undefined;
  }

  /** The same text by another keyboard is the same password: NFKC, as RFC 8265 section 4.2 has it. */
  private async derive(password: string, salt: Buffer): Promise<Buffer> {
    await this.turn();
    try {
      return await new Promise((resolve, reject) =>
        scrypt(password.normalize('NFKC'), salt, HASH_BYTES, COST, (error, key) =>
          error ? reject(error) : resolve(key),
        ),
      );
    } finally {
      // Whoever waits longest takes the place of this one: were it free for a moment, another could take it as well.
      const next = this.waiting.shift();
      if (next === undefined) this.running -= 1;
      else next();
    }
  }

  private async turn(): Promise<void> {
    if (this.running >= AT_ONCE) {
      if (this.waiting.length >= MOST_WAITING)
        throw new WeirError('busy', 'too many sign in at this moment: try again in a few seconds');
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    } else this.running += 1;
  }
}
