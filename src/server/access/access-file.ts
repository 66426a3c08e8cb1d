import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { asWeirError, WeirError } from '../../base/index.ts';
import { replaceFile } from '../../store/index.ts';
import { ROLES } from './roles.ts';

/** Names are of these alone: two that look alike cannot be two users. */
export const NAME = /^[a-z0-9][a-z0-9._@-]{0,63}$/;

const limit = z.string().max(65_536).nullable();

const userSchema = z.strictObject({
  name: z.string().regex(NAME),
  role: z.enum(ROLES),
  limit,
  password: z.strictObject({ salt: z.string(), hash: z.string() }),
  created: z.number(),
});
export type User = z.output<typeof userSchema>;

const sessionSchema = z.strictObject({
  id: z.string(),
  hash: z.string(),
  user: z.string(),
  from: z.string(),
  agent: z.string(),
  created: z.number(),
  used: z.number(),
});
export type Session = z.output<typeof sessionSchema>;

const tokenSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  hash: z.string(),
  role: z.enum(ROLES),
  limit,
  by: z.string(),
  created: z.number(),
  expires: z.number().nullable(),
  used: z.number().nullable(),
});
export type Token = z.output<typeof tokenSchema>;

const fileSchema = z.strictObject({
  users: z.array(userSchema),
  sessions: z.array(sessionSchema),
  tokens: z.array(tokenSchema),
  first: z.strictObject({ hash: z.string(), expires: z.number() }).nullable(),
});
export type AccessFile = z.output<typeof fileSchema>;

/** Who may come in, as it is kept. WeirError `corrupt` where it cannot be read: a node that let everybody in then would be open. */
export function readAccess(path: string): AccessFile {
  if (!existsSync(path)) return { users: [], sessions: [], tokens: [], first: null };
  try {
    return fileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const remedy = 'mend it, or move it away and sign in anew (the users and tokens in it are then gone)';
    throw new WeirError('corrupt', `${path} cannot be read (${asWeirError(error).message}): ${remedy}`, {
      cause: error,
    });
  }
}

/** Hashes are in it: nobody else may read it. */
export function writeAccess(path: string, content: AccessFile): void {
  replaceFile(path, `${JSON.stringify(content)}\n`, 0o600);
}
