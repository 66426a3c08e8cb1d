import { WeirError } from '../base/index.ts';
import { parseDuration } from '../server/index.ts';
import { accessCommand, addFormat, askNode, type FormatFlags, printList, shownTime } from './access-call.ts';
import { type AnswererFlags, addAnswererFlags } from './client.ts';
import { newCommand, withExamples } from './command-line.ts';
import type { Command } from './commander.ts';
import { print } from './output.ts';

interface Token {
  readonly name: string;
  readonly scope: string;
  readonly limit: string | null;
  readonly by: string;
  readonly expires: number | null;
  readonly used: number | null;
}

interface AddFlags extends AnswererFlags {
  readonly scope: string;
  readonly limit?: string;
  readonly expires?: string;
}

/** Tokens by which programs ask. */
export function tokenCommand(): Command {
  const command = newCommand('token');
  for (const part of [listCommand(), addCommand(), removeCommand()]) command.addCommand(addAnswererFlags(part));
  return withExamples(
    command,
    'weir token add grafana',
    "weir token add wiki --limit 'net 10.2.0.0/16' --expires 90d",
    'weir token list',
    'weir token remove grafana',
  );
}

function listCommand(): Command {
  const command = addFormat(accessCommand('list', 'the tokens, without what they are'));
  return withExamples(command, 'weir token list').action(async (flags: FormatFlags) => {
    const answer = await askNode<{ tokens: readonly Token[] }>(flags, { method: 'GET', path: '/api/v1/tokens' });
    const rows = answer.tokens.map((t) => [
      t.name,
      t.scope,
      t.limit ?? '-',
      t.by,
      shownTime(t.expires),
      shownTime(t.used),
    ]);
    await printList(flags, answer, ['token', 'scope', 'limit', 'by', 'until', 'used'], rows);
  });
}

function addCommand(): Command {
  const command = accessCommand('add', 'makes a token and prints it, this once')
    .argument('<name>', 'what it is for: a to z, 0 to 9 and . _ @ -')
    .option('--scope <scope>', 'ask, operate or admin: what a viewer, an operator or an admin may', 'ask')
    .option('--limit <filter>', 'what is seen of the traffic (default: all of it)')
    .option('--expires <duration>', 'after which it is worth nothing, e.g. 90d (default: never)');
  return withExamples(command, 'weir token add grafana').action(async (name: string, flags: AddFlags) => {
    const { scope, limit } = flags;
    const expires = flags.expires === undefined ? null : Date.now() + parsedDuration(flags.expires);
    const body = { name, scope, expires, ...(limit === undefined ? {} : { limit }) };
    const { token } = await askNode<{ token: string }>(flags, { method: 'POST', path: '/api/v1/tokens', body });
    await print(`${token}\n`);
  });
}

function removeCommand(): Command {
  const command = accessCommand('remove', 'makes a token worth nothing').argument('<name>', 'of the token');
  return withExamples(command, 'weir token remove grafana').action(async (name: string, flags: AnswererFlags) => {
    await askNode(flags, { method: 'DELETE', path: `/api/v1/tokens/${encodeURIComponent(name)}` });
    await print(`${name} is removed\n`);
  });
}

function parsedDuration(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new WeirError('usage', `--expires: expected a duration such as 90d, not "${text}"`);
  return ms;
}
