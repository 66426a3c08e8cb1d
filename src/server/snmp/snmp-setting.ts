import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { WeirError, whyUnreadable } from '../../base/index.ts';
import { parsePrefix } from '../../flow/index.ts';
import { entry, refuseTwice } from '../list-entries.ts';
import { integer, prefixKey, scalar, text, word } from '../setting-schemas.ts';

const SNMP_AUTH = ['md5', 'sha', 'sha224', 'sha256', 'sha384', 'sha512'] as const;
/** No DES (RFC 3414): the OpenSSL of Node has none. */
const SNMP_PRIVACY = ['aes', 'aes256b', 'aes256r'] as const;

/** Devices that may be asked by SNMP, and how; secrets stand in files. */
export interface SnmpRule {
  readonly prefix: string;
  readonly port: number;
  readonly version: '2c' | '3';
  readonly communityFile: string | null;
  readonly user: string | null;
  readonly auth: (typeof SNMP_AUTH)[number] | null;
  readonly authPasswordFile: string | null;
  readonly privacy: (typeof SNMP_PRIVACY)[number] | null;
  readonly privacyPasswordFile: string | null;
}

/** A rule with its secrets. */
export interface SnmpAccess extends SnmpRule {
  readonly community: string;
  readonly authPassword: string;
  readonly privacyPassword: string;
}

/** RFC 3414 section 11.2: shorter passwords give weak keys, and agents refuse them. */
const SHORTEST_PASSWORD = 8;

const ruleEntry = entry(
  {
    prefix: scalar('a prefix such as 192.0.2.0/24, or an address', (t) => (parsePrefix(t) ? t : null)),
    port: integer(1, 65_535).optional(),
    version: word('2c', '3'),
    community_file: text('a file with the community in its first line').optional(),
    user: text('the name of a user').optional(),
    auth: word(...SNMP_AUTH).optional(),
    auth_password_file: text('a file with the password in its first line').optional(),
    privacy: word(...SNMP_PRIVACY).optional(),
    privacy_password_file: text('a file with the password in its first line').optional(),
  },
  'prefix: 192.0.2.0/24, version: 2c, community_file: /etc/weir/community',
);

type RuleEntry = z.infer<typeof ruleEntry>;

export const snmpSetting: z.ZodType<readonly SnmpRule[]> = z
  .array(ruleEntry, {
    error: () => 'expected a list such as `- {prefix: 192.0.2.0/24, version: 2c, community_file: /etc/weir/community}`',
  })
  .superRefine((entries, ctx) => {
    refuseTwice(entries, (e) => prefixKey(e.prefix), 'prefix', ctx);
    entries.forEach((e, i) => {
      for (const message of e.version === '2c' ? mistakesOf2c(e) : mistakesOf3(e))
        ctx.addIssue({ code: 'custom', path: [i], message });
    });
  })
  .transform((entries) => entries.map(ruleOf));

function mistakesOf2c(e: RuleEntry): string[] {
  const of3 = [e.user, e.auth, e.auth_password_file, e.privacy, e.privacy_password_file];
  return [
    ...(e.community_file === undefined ? ['version 2c needs community_file'] : []),
    ...(of3.some((v) => v !== undefined) ? ['user, auth and privacy are of version 3'] : []),
  ];
}

function mistakesOf3(e: RuleEntry): string[] {
  return [
    ...(e.user === undefined ? ['version 3 needs user'] : []),
    ...(e.community_file === undefined ? [] : ['community_file is of version 2c']),
    ...((e.auth === undefined) === (e.auth_password_file === undefined) ? [] : ['auth needs auth_password_file']),
    ...((e.privacy === undefined) === (e.privacy_password_file === undefined)
      ? []
      : ['privacy needs privacy_password_file']),
    // RFC 3414 section 2.1: there is no privacy without authentication.
    ...(e.privacy !== undefined && e.auth === undefined ? ['privacy needs auth'] : []),
  ];
}

function ruleOf(e: RuleEntry): SnmpRule {
  return {
    prefix: e.prefix,
    port: e.port ?? 161,
    version: e.version,
    communityFile: e.community_file ?? null,
    user: e.user ?? null,
    auth: e.auth ?? null,
    authPasswordFile: e.auth_password_file ?? null,
    privacy: e.privacy ?? null,
    privacyPasswordFile: e.privacy_password_file ?? null,
  };
}

/** The rules with what stands in their files; WeirError `config` that names the file which cannot be used. */
export function snmpAccess(rules: readonly SnmpRule[]): SnmpAccess[] {
  return rules.map((rule) => ({
    ...rule,
    community: rule.communityFile === null ? '' : firstLine(rule.communityFile, 1),
    authPassword: rule.authPasswordFile === null ? '' : firstLine(rule.authPasswordFile, SHORTEST_PASSWORD),
    privacyPassword: rule.privacyPasswordFile === null ? '' : firstLine(rule.privacyPasswordFile, SHORTEST_PASSWORD),
  }));
}

function firstLine(path: string, least: number): string {
  let line: string;
  try {
    line = readFileSync(path, 'utf8').split('\n', 1)[0]!.trim();
  } catch (error) {
    throw new WeirError('config', `snmp: ${path}: ${whyUnreadable(error)}`, { cause: error });
  }
  if (line.length < least)
    throw new WeirError('config', `snmp: the first line of ${path} is too short: expected ${least} or more characters`);
  return line;
}
