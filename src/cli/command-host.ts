import { hostname } from 'node:os';
import { WeirError } from '../base/index.ts';
import { type PolicyFile, PolicyTrial, policyAdvice, readPolicyFile, tierOf } from '../host/index.ts';
import { asking } from './ask.ts';
import { newCommand, oneOf, parseCountUpTo, withExamples } from './command-line.ts';
import { Command } from './commander.ts';
import { explain } from './explain.ts';
import { beginSession } from './interrupt.ts';
import { meterFile, newRowMemory } from './meter-file.ts';
import { meterSettingsOf } from './meter-flags.ts';
import { MeterRecords } from './meter-records.ts';
import { openInput } from './open-input.ts';
import { print } from './output.ts';
import { addQuestionFlags, type QuestionFlags, questionOf } from './question-flags.ts';
import { renderPolicy, renderTrial } from './render-policy.ts';

const FORMATS = ['table', 'json'] as const;

interface CheckFlags {
  readonly tier?: string;
}

interface TestFlags extends QuestionFlags, CheckFlags {
  readonly filter?: string;
  readonly examples: number;
  readonly format: (typeof FORMATS)[number];
}

export function hostCommand(): Command {
  const policy = quiet(new Command('policy'))
    .description("what may be recorded of this machine's own traffic")
    .addCommand(checkCommand())
    .addCommand(testCommand());
  const command = newCommand('host').addCommand(policy);
  return withExamples(
    command,
    'weir host policy check policy.yaml',
    'weir host policy test policy.yaml --data ./weir-data',
  );
}

function checkCommand(): Command {
  const command = quiet(new Command('check'))
    .description('reads a policy and says what its rules do; every mistake is told, with its line')
    .argument('<file>', 'the policy')
    .option('--tier <name>', 'the tier of the machine (default: by its host name)');
  withExamples(command, 'weir host policy check policy.yaml', 'weir host policy check policy.yaml --tier servers');
  return command.action(async (path: string, flags: CheckFlags) => {
    const file = readPolicyFile(path);
    await print(renderPolicy(file, tierFor(file, flags), policyAdvice(file)));
  });
}

function testCommand(): Command {
  const command = quiet(new Command('test'))
    .description('shows what a policy does to flows that are recorded, which stay as they are')
    .argument('<file>', 'the policy')
    .argument('[capture...]', 'captures of traffic (pcap, pcapng) instead of a store')
    .option('--filter <filter>', 'which flows of the store, e.g. "user alice"')
    .option('--tier <name>', 'the tier of the machine (default: by its host name)')
    .option('--examples <n>', 'changes that are shown, each kind once', parseCountUpTo('--examples', 1_000), 10)
    .option('--format <form>', 'table or json', oneOf('--format', FORMATS), 'table');
  addQuestionFlags(command);
  withExamples(
    command,
    'weir host policy test policy.yaml --data ./weir-data --from -1d',
    "weir host policy test policy.yaml --filter 'process firefox' --format json",
    'weir host policy test policy.yaml capture.pcap',
  );
  return command.action(async (path: string, captures: string[], flags: TestFlags) => {
    const file = readPolicyFile(path);
    const trial = new PolicyTrial(file, tierFor(file, flags), flags.examples);
    if (captures.length > 0) await tryCaptures(captures, flags, trial);
    else await tryStore(flags, trial);
    await print(flags.format === 'json' ? `${JSON.stringify(trial.result)}\n` : renderTrial(trial.result));
  });
}

/** Usage errors are raised as WeirError, as those of all commands are. */
function quiet(command: Command): Command {
  return command
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
}

function tierFor(file: PolicyFile, { tier }: CheckFlags): number {
  return tierOf(file, { hostName: hostname(), tier });
}

async function tryStore(flags: TestFlags, trial: PolicyTrial): Promise<void> {
  const question = questionOf(flags, flags.filter === undefined ? [] : [flags.filter], Date.now());
  const query = { ...question, order: 'stored' as const, limit: Number.MAX_SAFE_INTEGER };
  await asking(flags, question.filter, async ({ service }, ask) => {
    const { records } = await service.flows(query, ask);
    for await (const piece of records) for (const record of piece) trial.take(record);
  });
}

async function tryCaptures(captures: readonly string[], flags: TestFlags, trial: PolicyTrial): Promise<void> {
  const senseless = (['filter', 'data', 'server', 'from', 'to'] as const).filter((name) => flags[name] !== undefined);
  if (senseless.length > 0)
    throw new WeirError(
      'usage',
      `captures are tried whole: they do not take ${senseless.map((n) => `--${n}`).join(', ')}`,
    );
  const fields = new MeterRecords(undefined, false);
  const taker = {
    rows: async (...[batch, name]: Parameters<Parameters<typeof meterFile>[3]['rows']>) => {
      const recordOf = fields.of(batch, name);
      for (let row = 0; row < batch.rows; row++) trial.take(recordOf(row, -1));
    },
    flush: async () => {},
  };
  const memory = newRowMemory();
  const session = beginSession();
  try {
    for (const capture of captures) {
      const { problem } = await meterFile(openInput(capture, session), capture, meterSettingsOf({}), taker, memory);
      if (session.signal.aborted) throw new WeirError('cancelled', 'interrupted');
      if (problem?.code === 'usage') throw problem;
      if (!problem) continue;
      process.stderr.write(`${explain(problem)}\n`);
      process.exitCode = 1;
    }
  } finally {
    session.end();
  }
}
