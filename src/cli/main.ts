#!/usr/bin/env node
import { asWeirError, exitCode } from '../base/index.ts';
import { weirVersion } from '../server/index.ts';
import { withExamples } from './command-line.ts';
import { commandsFor } from './command-list.ts';
import { Command, CommanderError } from './commander.ts';
import { explain } from './explain.ts';
import { flushOutput, ReaderGone, watchOutput } from './output.ts';

async function program(argv: readonly string[]): Promise<Command> {
  const weir = new Command('weir')
    .description('Network flows, collected and analysed: every answer says what it is worth.')
    .version(weirVersion(), '-V, --version', 'the version of this Weir')
    .helpCommand('help [command]', 'help for a command')
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  for (const command of await commandsFor(argv)) weir.addCommand(command);
  return withExamples(
    weir,
    'weir up',
    'weir query --by src_addr --top 10',
    "weir flows 'dst port 443' --from -15m",
    'weir help query',
  );
}

/** Runs the command line; the exit code is 0, 1 (the work failed), 2 (wrong usage or configuration) or 130 (interrupted). */
async function main(argv: readonly string[]): Promise<number> {
  watchOutput();
  try {
    const weir = await program(argv);
    if (argv.length === 0) {
      process.stderr.write(weir.helpInformation());
      return 2;
    }
    await weir.parseAsync([...argv], { from: 'user' });
    await flushOutput();
    return typeof process.exitCode === 'number' ? process.exitCode : 0;
  } catch (error) {
    if (error instanceof ReaderGone) return 0;
    if (error instanceof CommanderError) return commanderExit(error);
    const own = asWeirError(error);
    process.stderr.write(`${explain(own)}\n`);
    return exitCode(own);
  }
}

/** Help and the version end with 0 and were printed; every other end of the parser is wrong usage. */
function commanderExit(error: CommanderError): number {
  if (error.exitCode === 0) return 0;
  // A command that has only others in it was given none.
  const missing = error.code === 'commander.help' ? 'expected one of its commands; --help shows them' : error.message;
  const message = missing.replace(/^error: /, '');
  process.stderr.write(`weir: ${message}\n`);
  return 2;
}

const code = await main(process.argv.slice(2));
// Threads and sockets that are left over must not keep a command that is done.
process.exit(code);
