import type { Command } from 'commander';
import { WeirError } from '../base/index.ts';
import { LIVE_DIMENSIONS, type LiveDimension, MOST_LIVE_GROUPS } from '../ingest/index.ts';
import { type AnswererFlags, addAnswererFlags, findPlace } from './client.ts';
import { newCommand, oneOf, parseCount, parseCountUpTo, withExamples } from './command-line.ts';
import type { Endpoint } from './http-connection.ts';
import { beginSession } from './interrupt.ts';
import { liveLines } from './live-lines.ts';
import { print } from './output.ts';
import { renderScreen, renderSecond } from './render-top.ts';
import { terminalWidth } from './render-width.ts';
import { TopScreen } from './top-screen.ts';

/** On a terminal: more than any has lines, of which those that fit are shown. */
const SCREEN_TOP = 200;

interface Flags extends AnswererFlags {
  readonly by: LiveDimension;
  readonly top?: number;
  readonly once?: boolean;
  readonly seconds?: number;
  readonly json?: boolean;
}

export function topCommand(): Command {
  const command = newCommand('top')
    .option(
      '--by <what>',
      `${LIVE_DIMENSIONS.join(' or ')} (default: process)`,
      oneOf('--by', LIVE_DIMENSIONS),
      'process',
    )
    .option(
      '--top <n>',
      'rows; the others are added up (default: 20, on a terminal as many as it shows)',
      parseCountUpTo('--top', MOST_LIVE_GROUPS),
    )
    .option('--once', 'one second, then ends')
    .option('--seconds <n>', 'so many seconds, then ends', parseCount)
    .option('--json', 'a line of JSON for each second');
  addAnswererFlags(command);
  withExamples(
    command,
    'weir top',
    'weir top --by remote --top 10 --once',
    "weir top --by app --json --seconds 60 | jq '.total.in_bytes * 8'",
  );
  return command.action(async (flags: Flags) => runTop(flags));
}

async function runTop(flags: Flags): Promise<void> {
  if (flags.once && flags.seconds !== undefined)
    throw new WeirError('usage', '--once and --seconds exclude each other: --once is --seconds 1');
  const place = await findPlace(flags);
  if (place.kind === 'directory') {
    throw new WeirError(
      'not_found',
      `no node and no agent runs on ${place.directory}, and what is live is in no store: start one with \`weir up\` or \`weir agent\`, or name one with --data DIR or --server URL`,
    );
  }
  const isScreen = process.stdout.isTTY && !flags.json && !flags.once;
  const session = beginSession();
  try {
    if (isScreen) await watch(place.endpoint, flags, session.signal);
    else await list(place.endpoint, flags, session.signal);
  } finally {
    session.end();
  }
}

/** Draws on a terminal until q or Ctrl-C. */
async function watch(endpoint: Endpoint, flags: Flags, signal: AbortSignal): Promise<void> {
  const left = new AbortController();
  let isInterrupted = false;
  const screen = new TopScreen((interrupted) => {
    isInterrupted = interrupted;
    left.abort();
  });
  const parameters = parametersOf({ ...flags, top: flags.top ?? SCREEN_TOP });
  try {
    for await (const second of liveLines(endpoint, parameters, AbortSignal.any([signal, left.signal]))) {
      screen.show((width, height) => renderScreen(second, flags.by, width, height));
    }
  } finally {
    screen.close();
  }
  if (signal.aborted || isInterrupted) throw interrupted();
}

/** Prints one second after the other. */
async function list(endpoint: Endpoint, flags: Flags, signal: AbortSignal): Promise<void> {
  const { by, json } = flags;
  for await (const second of liveLines(endpoint, parametersOf(flags), signal)) {
    const text = json ? JSON.stringify(second) : renderSecond(second, by, terminalWidth()).join('\n');
    await print(json || flags.once ? `${text}\n` : `${text}\n\n`);
  }
  if (signal.aborted) throw interrupted();
}

function parametersOf({ by, top, seconds, once }: Flags): URLSearchParams {
  const count = once ? 1 : seconds;
  return new URLSearchParams({
    by,
    ...(top === undefined ? {} : { top: String(top) }),
    ...(count === undefined ? {} : { seconds: String(count) }),
  });
}

function interrupted(): WeirError {
  return new WeirError('cancelled', 'interrupted');
}
