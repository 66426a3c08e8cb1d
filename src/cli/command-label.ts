import { NO_HOME } from '../label/index.ts';
import { explainLabels, type LabelExplanation } from '../server/index.ts';
import { asking } from './ask.ts';
import { type AnswererFlags, addAnswererFlags } from './client.ts';
import { newCommand, oneOf, withExamples } from './command-line.ts';
import { Command } from './commander.ts';
import { fetchJson } from './http-connection.ts';
import { labelListCommand } from './label-list.ts';
import { print } from './output.ts';

const FORMATS = ['table', 'json'] as const;

interface Flags extends AnswererFlags {
  readonly format: (typeof FORMATS)[number];
}

export function labelCommand(): Command {
  const command = newCommand('label').addCommand(explainCommand()).addCommand(labelListCommand());
  return withExamples(
    command,
    "weir label explain 'tcp 10.0.0.1:40000 > 198.51.100.7:443'",
    'weir label explain "$(weir flows \'dst port 443\' --from all --limit 1 --format jsonl)"',
    'weir label list applications',
  );
}

function explainCommand(): Command {
  const command = new Command('explain')
    .description('why a flow has its names: the evidence, the data that gave it, and what would be stronger')
    .argument(
      '<flow...>',
      'its key and, where several records have it, its start and exporter; or a line of weir flows --format jsonl',
    )
    .option('--format <form>', 'table or json', oneOf('--format', FORMATS), 'table')
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  addAnswererFlags(command);
  withExamples(
    command,
    "weir label explain 'tcp 10.0.0.1:40000 > 198.51.100.7:443 start 2026-11-22T09:30:00.000Z exporter 192.0.2.1'",
    'weir label explain "$(weir flows \'dst port 443\' --from all --limit 1 --format jsonl)"',
  );
  return command.action(async (words: string[], flags: Flags) => {
    const flow = words.join(' ');
    await asking(flags, undefined, async ({ service, endpoint, networks, lookUps }, ask) => {
      const path = `/api/v1/label/explain?flow=${encodeURIComponent(flow)}`;
      const answer = endpoint
        ? ((await fetchJson(endpoint, { method: 'GET', path })) as LabelExplanation)
        : await explainLabels(service, flow, { networks: networks?.() ?? NO_HOME, ...(lookUps && { lookUps }) }, ask);
      await print(flags.format === 'json' ? `${JSON.stringify(answer)}\n` : rendered(answer));
      if (!endpoint && flags.format === 'table')
        process.stderr.write(
          'no node runs on this store: its configuration is not known, and only the data of Weir and the networks and places that are kept there explain\n',
        );
    });
  });
}

/** Names with a value first; each with its evidence, what gave it, and what would be stronger. */
function rendered({ flow, names, others }: LabelExplanation): string {
  const width = Math.max(...names.map(({ name }) => name.length));
  const shown = [...names].sort((a, b) => Number(a.value === null) - Number(b.value === null));
  const lines = shown.flatMap(({ name, value, evidence, because, stronger }) => {
    const indent = ' '.repeat(width + 2);
    return [
      `${name.padEnd(width)}  ${value ?? 'not known'}${evidence ? ` (${evidence})` : ''}`,
      `${indent}${because}`,
      ...(stronger ? [`${indent}stronger: ${stronger}`] : []),
    ];
  });
  const more = others.length > 0 ? ['', 'other records of the same key:', ...others.map((o) => `  ${o}`)] : [];
  return `${[flow, '', ...lines, ...more].join('\n')}\n`;
}
