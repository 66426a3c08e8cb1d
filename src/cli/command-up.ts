import { createLog, WeirError } from '../base/index.ts';
import {
  describeFallback,
  flagOf,
  formatListenAddress,
  loadConfig,
  type RunningNode,
  SETTING_NAMES,
  SETTINGS,
  type SettingName,
  startNode,
} from '../server/index.ts';
import { newCommand, withExamples } from './command-line.ts';
import { type Command, Option } from './commander.ts';
import { print } from './output.ts';
import { watchSignals } from './signals.ts';

export function upCommand(): Command {
  const command = newCommand('up');
  command.option('--config <file>', 'YAML file; a flag beats a WEIR_ variable beats the file');
  for (const name of SETTING_NAMES) {
    const setting: { readonly flag?: string; readonly meaning: string } = SETTINGS[name];
    if (!setting.flag) continue;
    const value = setting.flag.startsWith('[') ? setting.flag : `<${setting.flag}>`;
    command.addOption(
      new Option(`${flagOf(name)} ${value}`, `${setting.meaning} (default: ${describeFallback(name)})`),
    );
  }
  command.addOption(
    new Option(
      '--no-http',
      'opens no TCP port for the API; commands on this machine use the socket in the data directory',
    ).default(undefined),
  );
  command.addOption(
    new Option('--no-host', 'does not meter what this machine itself sends and receives').default(undefined),
  );
  withExamples(
    command,
    'weir up',
    'weir up --data /var/lib/weir --netflow 0.0.0.0:9995 --sflow off',
    'weir up --ipfix-tcp 0.0.0.0:4739',
    'weir up --config packaging/weir.yaml --data ./weir-data',
  );
  return command.action(async (flags: Record<string, unknown>) => runUp(flags));
}

async function runUp(flags: Record<string, unknown>): Promise<void> {
  const config = loadConfig({
    ...(typeof flags.config === 'string' ? { file: flags.config } : {}),
    env: process.env,
    flags: Object.fromEntries(SETTING_NAMES.map((name) => [name, flags[camelCase(name)]])),
  });
  const log = createLog({ style: config.log });
  const interrupted = watchSignals();
  const node = await startNode(config, log);
  await announce(node);
  // Of a terminal that is closed it is the end, as without this line; a service is told so to look at its files.
  if (!process.stderr.isTTY) process.on('SIGHUP', () => node.reload());
  const failure = await Promise.race([interrupted, node.failed]);
  log.info('stopping: sockets, then what is in memory, then the API');
  // When a thread has died its own part of the end fails too: what it died of is what the operator must hear.
  await node.stop().catch((error: unknown) => {
    if (!failure) throw error;
  });
  log.info('stopped');
  if (failure) throw new WeirError('internal', `the node cannot go on: ${failure.message}`, { cause: failure });
}

/** commander keeps `--query-timeout` as `queryTimeout`. */
function camelCase(name: SettingName): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** `first` is the link by which the first admin signs in. Exactly these lines stand on stdout; scripts wait for `ready`. */
async function announce(node: RunningNode): Promise<void> {
  for (const port of node.listening) await print(`listening ${port.name} ${formatListenAddress(port)}\n`);
  await print(`api ${node.url ?? `unix:${node.socket}`}\n`);
  if (node.dashboard !== null) await print(`dashboard ${node.dashboard}\n`);
  if (node.first !== null) await print(`first ${node.first}\n`);
  await print('ready\n');
}
