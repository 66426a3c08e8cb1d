import { WeirError } from '../base/index.ts';
import { accessCommand, addFormat, askNode, type FormatFlags, printList, shownTime } from './access-call.ts';
import { type AnswererFlags, addAnswererFlags } from './client.ts';
import { newCommand, withExamples } from './command-line.ts';
import type { Command } from './commander.ts';
import { print } from './output.ts';
import { readPassword } from './read-password.ts';

interface User {
  readonly name: string;
  readonly role: string;
  readonly limit: string | null;
  readonly created: number;
}

interface ChangeFlags extends AnswererFlags {
  readonly role?: string;
  readonly limit?: string;
  readonly passwordFile?: string;
}

const EXAMPLES = [
  'weir user add anna --role admin',
  "weir user add vera --limit 'net 10.2.0.0/16'",
  'weir user passwd vera',
  "weir user role vera operator --limit ''",
  'weir user list',
];

/** Who may sign in. */
export function userCommand(): Command {
  const command = newCommand('user');
  for (const part of [listCommand(), addCommand(), removeCommand(), passwordCommand(), roleCommand()])
    command.addCommand(addAnswererFlags(part));
  return withExamples(command, ...EXAMPLES);
}

function listCommand(): Command {
  const command = addFormat(accessCommand('list', 'the users, their roles and limits'));
  return withExamples(command, 'weir user list').action(async (flags: FormatFlags) => {
    const answer = await askNode<{ users: readonly User[] }>(flags, { method: 'GET', path: '/api/v1/users' });
    const rows = answer.users.map((u) => [u.name, u.role, u.limit ?? '-', shownTime(u.created)]);
    await printList(flags, answer, ['user', 'role', 'limit', 'since'], rows);
  });
}

function addCommand(): Command {
  const command = accessCommand('add', 'adds a user; the first one is an admin')
    .argument('<name>', 'a to z, 0 to 9 and . _ @ -')
    .option('--role <role>', 'viewer, operator or admin', 'viewer')
    .option('--limit <filter>', 'what they see of the traffic (default: all of it)')
    .option('--password-file <file>', 'the password is its first line; - is stdin (default: it is asked for)');
  return withExamples(command, ...EXAMPLES.slice(0, 2)).action(async (name: string, flags: ChangeFlags) => {
    const password = await readPassword(flags.passwordFile);
    const body = { name, password, role: flags.role, ...(flags.limit === undefined ? {} : { limit: flags.limit }) };
    const user = await askNode<User>(flags, { method: 'POST', path: '/api/v1/users', body });
    await print(`${saidOf(user)}\n`);
  });
}

function removeCommand(): Command {
  const command = accessCommand('remove', 'removes a user, whose sessions end').argument('<name>', 'of the user');
  return withExamples(command, 'weir user remove vera').action(async (name: string, flags: AnswererFlags) => {
    await askNode(flags, { method: 'DELETE', path: `/api/v1/users/${encodeURIComponent(name)}` });
    await print(`${name} is removed\n`);
  });
}

function passwordCommand(): Command {
  const command = accessCommand('passwd', 'sets another password; the sessions of the user end')
    .argument('<name>', 'of the user')
    .option('--password-file <file>', 'the password is its first line; - is stdin (default: it is asked for)');
  return withExamples(command, 'weir user passwd vera').action(async (name: string, flags: ChangeFlags) => {
    await change(name, { password: await readPassword(flags.passwordFile) }, flags);
    await print(`${name} has another password\n`);
  });
}

function roleCommand(): Command {
  const command = accessCommand('role', 'sets role and limit; the sessions of the user end')
    .argument('<name>', 'of the user')
    .argument('[role]', 'viewer, operator or admin; without it the role stays')
    .option('--limit <filter>', "what they see of the traffic; '' is all of it");
  return withExamples(command, "weir user role vera operator --limit ''").action(
    async (name: string, role: string | undefined, flags: ChangeFlags) => {
      if (role === undefined && flags.limit === undefined)
        throw new WeirError('usage', 'give a role, or --limit, or both');
      const user = await change(name, { role, limit: flags.limit }, flags);
      await print(`${saidOf(user)}\n`);
    },
  );
}

function change(name: string, body: object, flags: AnswererFlags): Promise<User> {
  return askNode<User>(flags, { method: 'POST', path: `/api/v1/users/${encodeURIComponent(name)}`, body });
}

function saidOf({ name, role, limit }: User): string {
  return `${name} is ${role === 'viewer' ? 'a' : 'an'} ${role}${limit === null ? '' : ` and sees ${limit}`}`;
}
