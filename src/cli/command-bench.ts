import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { WeirError } from '../base/index.ts';
import { newCommand, withExamples } from './command-line.ts';
import { print } from './output.ts';

/** bench/ stands beside src/ and dist/. */
const BENCH = fileURLToPath(new URL('../../bench/', import.meta.url));

export function benchCommand(): Command {
  const command = newCommand('bench')
    .argument('[name]', 'which benchmark')
    .argument('[arguments...]', 'what the benchmark takes')
    .allowUnknownOption()
    .passThroughOptions();
  withExamples(command, 'weir bench');
  return command.action(async (name: string | undefined, rest: string[]) => {
    const names = benchNames();
    if (name === undefined) {
      await print(names.length > 0 ? `${names.join('\n')}\n` : '');
      if (names.length === 0) process.stderr.write(`there are no benchmarks in ${BENCH}\n`);
      return;
    }
    if (!names.includes(name))
      throw new WeirError('usage', `there is no benchmark ${name}: there are ${names.join(', ') || 'none'}`);
    process.exitCode = await run(join(BENCH, `${name}.mjs`), rest);
  });
}

function benchNames(): string[] {
  try {
    return readdirSync(BENCH)
      .filter((file) => file.endsWith('.mjs'))
      .map((file) => file.slice(0, -'.mjs'.length))
      .sort();
  } catch {
    return [];
  }
}

/** Ctrl-C reaches the child too, as it is in the same process group: its end is ours. */
function run(script: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const ignore = () => {};
    process.on('SIGINT', ignore);
    const child = spawn(process.execPath, [script, ...args], { stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.off('SIGINT', ignore);
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 1));
    });
  });
}
