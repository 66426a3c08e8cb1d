import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { whyUnreadable } from '../base/index.ts';
import {
  type LabelRule,
  type NamingSettings,
  readScheme,
  type SchemeFile,
  shippedNames,
  type UserApplication,
  type UserProcess,
  type UserService,
} from '../label/index.ts';
import { entry } from './list-entries.ts';
import { list, scalar, word } from './setting-schemas.ts';

/** Settings that add to the names of flows: what the user's own applications, services, categories and processes are called. */

const MOST_NAMES = 1_000;
const MOST_RULES = 100;

export const NAME = /^[a-z0-9][a-z0-9.+_-]{0,62}$/;
export const NAME_IS = 'letters in lower case, digits and .+-_';
const name = scalar(`a name of ${NAME_IS}`, (t) => (NAME.test(t) ? t : null));
const category = scalar('a name of at most 63 printable characters', (t) =>
  /^[^\p{Cc}]{1,63}$/u.test(t.trim()) ? t.trim() : null,
);
const ports = z
  .array(
    z.union([z.string(), z.number()]).transform((value, ctx) => {
      const port = Number(value);
      if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
      ctx.addIssue({ code: 'custom', message: 'expected a port from 1 to 65535' });
      return z.NEVER;
    }),
    { error: () => 'expected a list of ports such as [9000, 9001]' },
  )
  .optional();

const LABEL = '[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?';
const DOMAIN = new RegExp(`^${LABEL}(\\.${LABEL})*$`, 'i');
/** What everybody's names end with: a service of that would have all the world's servers. */
const PUBLIC = /^([a-z]{2}|com|net|org|edu|gov|mil|int|arpa|info|biz|name|pro|app|dev|cloud|online|shop|site|xyz)$/i;

const domain = z.string().superRefine((text, ctx) => {
  const say = (message: string) => ctx.addIssue({ code: 'custom', message });
  const bare = text.replace(/^(\*?\.)+/, '');
  if (bare !== text && DOMAIN.test(bare)) say(`${text} is no domain: ${bare} has all names below it with it`);
  else if (!DOMAIN.test(text)) say(`${text} is no domain such as corp.example`);
  else if (PUBLIC.test(text))
    say(`${text} would have every server whose name ends with it; expected a domain such as corp.${text}`);
});

/** A mapping of names to what is said of each. */
function named<T>(of: z.ZodType<T>, example: string): z.ZodType<Readonly<Record<string, T>>> {
  return z
    .record(z.string(), of, { error: () => `expected a mapping such as \`${example}\`` })
    .superRefine((entries, ctx) => {
      const names = Object.keys(entries);
      if (names.length > MOST_NAMES)
        ctx.addIssue({ code: 'custom', message: `expected at most ${MOST_NAMES} names; there are ${names.length}` });
      for (const key of names)
        if (!/^[^\p{Cc}]{1,63}$/u.test(key)) ctx.addIssue({ code: 'custom', path: [key], message: 'is no name' });
    });
}

export const applicationsSetting = named<UserApplication>(
  entry({ tcp: ports, udp: ports, category: category.optional() }, 'tcp: [9000], category: Database'),
  'till: {tcp: [9000], category: Shop}',
);

export const servicesSetting = named<UserService>(
  entry(
    {
      domains: list('domains such as corp.example', (t) => t)
        .pipe(z.array(domain))
        .optional(),
      category: category.optional(),
    },
    'domains: [corp.example], category: Office',
  ),
  'intranet: {domains: [corp.example], category: Office}',
);

export const processesSetting = named<UserProcess>(
  entry(
    { application: name.optional(), service: name.optional(), side: word('server', 'client').optional() },
    'application: till, side: server',
  ),
  'tilld: {application: till, side: server}',
);

export const categoriesSetting = named<readonly string[]>(
  list('names of applications and services', (t) => t),
  'Shop: [till, intranet]',
);

export const rulesSetting = z
  .array(
    entry(
      {
        // Read in naming-check.ts, which knows the named sets.
        filter: z.string({ error: () => 'expected a filter' }),
        application: name.optional(),
        service: name.optional(),
        category: category.optional(),
      },
      'filter: dst port 9000, application: till',
    ).superRefine((rule, ctx) => {
      if (!rule.application && !rule.service && !rule.category)
        ctx.addIssue({ code: 'custom', message: 'expected one of application, service and category' });
    }),
    { error: () => "expected a list such as `- {filter: 'dst port 9000', application: till}`" },
  )
  .superRefine((rules, ctx) => {
    if (rules.length > MOST_RULES)
      ctx.addIssue({ code: 'custom', message: `expected at most ${MOST_RULES} rules; there are ${rules.length}` });
  }) as z.ZodType<readonly LabelRule[]>;

/** The name of a scheme that comes with Weir, or the path of one, which is read here: all its mistakes at once, by line. */
export const schemeSetting: z.ZodType<string | SchemeFile> = z
  .string({ error: () => 'expected the name of a scheme or the path of its file' })
  .transform((text, ctx) => {
    const shipped = Object.keys(shippedNames().categories);
    if (shipped.includes(text)) return text;
    const say = (message: string) => ctx.addIssue({ code: 'custom', message });
    if (!existsSync(text)) {
      say(`expected ${shipped.join(', ')}, or the path of a file`);
      return z.NEVER;
    }
    try {
      const scheme = readScheme(readFileSync(text, 'utf8'), text);
      if ('name' in scheme) return scheme;
      for (const problem of scheme) say(problem);
    } catch (error) {
      say(whyUnreadable(error));
    }
    return z.NEVER;
  });

/** What of the configuration is about names. */
interface NamingConfig {
  readonly category_scheme: string | SchemeFile;
  readonly applications: Readonly<Record<string, UserApplication>>;
  readonly services: Readonly<Record<string, UserService>>;
  readonly processes: Readonly<Record<string, UserProcess>>;
  readonly categories: Readonly<Record<string, readonly string[]>>;
  readonly label_rules: readonly LabelRule[];
}

export function namingOf(config: NamingConfig): NamingSettings {
  return {
    scheme: config.category_scheme,
    applications: config.applications,
    services: config.services,
    processes: config.processes,
    categories: config.categories,
    rules: config.label_rules,
  };
}
