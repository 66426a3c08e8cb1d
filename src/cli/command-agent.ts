import { resolve } from 'node:path';
import type { Command } from 'commander';
import { createLog } from '../base/index.ts';
import { agentFailure, startAgent } from '../server/index.ts';
import { newCommand, oneOf, withExamples } from './command-line.ts';
import { print } from './output.ts';
import { watchSignals } from './signals.ts';

interface Flags {
  readonly data?: string;
  readonly user?: string;
  readonly config?: string;
  readonly log?: 'json' | 'pretty';
  readonly home?: string;
  readonly hostPolicy?: string;
  readonly retentionBytes?: string;
  readonly retentionAge?: string;
  readonly freeSpace?: string;
}

const DEFAULT_DATA = './weir-data';

export function agentCommand(): Command {
  const command = newCommand('agent')
    .option('--data <dir>', 'directory of the store (default: ./weir-data)')
    .option(
      '--user <name>',
      'started as root, the agent becomes this user once its meter runs; root stays root (default: weir)',
    )
    .option('--config <file>', 'YAML file with the settings of weir up, as far as they are of use here')
    .option('--home <cidr,...>', 'prefixes that count as inside: @home in a filter')
    .option(
      '--host-policy <file>',
      'what is dropped, cut or pseudonymised before anything is stored (default: nothing)',
    )
    .option('--retention-bytes <bytes>', 'the store never grows beyond this (default: 1500000000)')
    .option('--retention-age <duration>', 'flows older than this are deleted (default: 730d)')
    .option('--free-space <percent>', 'part of the file system that stays free; none for no bound (default: 10%)')
    .option(
      '--log <form>',
      'form of the log on stderr: json or pretty (default: pretty)',
      oneOf('--log', ['json', 'pretty']),
    );
  withExamples(
    command,
    'weir agent',
    'weir agent --data /var/lib/weir-agent --user weir',
    'weir query --by process,user',
  );
  return command.action(async (flags: Flags) => runAgent(flags));
}

async function runAgent(flags: Flags): Promise<void> {
  const { env } = process;
  const log = createLog({ style: flags.log ?? 'pretty' });
  const interrupted = watchSignals();
  const agent = await startAgent(
    {
      data: resolve(flags.data ?? env.WEIR_DATA ?? DEFAULT_DATA),
      user: flags.user ?? null,
      configFile: flags.config ?? env.WEIR_CONFIG ?? null,
      flags: {
        home: flags.home,
        host_policy: flags.hostPolicy,
        retention_bytes: flags.retentionBytes,
        retention_age: flags.retentionAge,
        free_space: flags.freeSpace,
        log: flags.log,
      },
    },
    log,
  );
  await print(`api unix:${agent.socket}\nready\n`);
  const failure = await Promise.race([interrupted, agent.failed]);
  await agent.stop();
  if (failure) throw agentFailure(failure);
}
