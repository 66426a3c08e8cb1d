import { readFileSync } from 'node:fs';
import { WeirError, whyUnreadable } from '../base/index.ts';
import { espKeys, type KeyText, type MeterSettings } from '../ingest/index.ts';
import { MOST_FLOWS } from '../meter/index.ts';
import { parseDuration } from '../server/index.ts';
import { oneOf, parseCountUpTo } from './command-line.ts';
import { type Command, InvalidArgumentError } from './commander.ts';

/** Flags of every command that meters packets. */
export interface MeterFlags {
  readonly idle?: number;
  readonly active?: number | 'off';
  readonly biflow?: boolean;
  readonly outer?: boolean;
  readonly keys?: string;
  readonly sampling?: number;
  readonly samplingMethod?: 'systematic' | 'random' | 'flow';
  readonly duplicates?: 'left-out' | 'counted';
  readonly maxFlows?: number;
}

const MOST_RATE = 0xffff_ffff;

/** The flags, but for `--biflow`, which not every command has a use for; `sampling` says what `--sampling` does. */
export function addMeterFlags(
  command: Command,
  sampling = 'look at one packet, or flow, in N; amounts are scaled back',
): Command {
  return command
    .option('--idle <duration>', 'a flow without a packet for longer is over (default: 90s)', timeoutFlag)
    .option('--active <duration>', 'a longer flow is cut into records; off: never (default: 300s)', activeFlag)
    .option('--outer', 'the packets as they went over the wire, not those inside of tunnels')
    .option('--keys <file>', 'keys of IPsec ESP: what they open is metered by what it holds')
    .option('--sampling <n>', sampling, parseCountUpTo('--sampling', MOST_RATE))
    .option(
      '--sampling-method <how>',
      'systematic (each Nth packet), random (packets), or flow (whole flows) (default: systematic)',
      oneOf('--sampling-method', ['systematic', 'random', 'flow']),
    )
    .option(
      '--duplicates <what>',
      'left-out or counted: copies of a packet that a mirror port shows twice (default: left-out)',
      oneOf('--duplicates', ['left-out', 'counted']),
    )
    .option(
      '--max-flows <n>',
      'flows in memory; beyond it the longest idle one ends early, and is counted (default: 1048576)',
      parseCountUpTo('--max-flows', MOST_FLOWS),
    );
}

function activeFlag(text: string): number | 'off' {
  return text === 'off' ? 'off' : timeout(text, ', or off');
}

/** `other`: what may stand in its place. */
function timeout(text: string, other: string): number {
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : parseDuration(text);
  if (ms === null || !(ms >= 1)) throw new InvalidArgumentError(`expected a duration such as 90s or 5m${other}.`);
  return ms;
}

function timeoutFlag(text: string): number {
  return timeout(text, '');
}

/** The settings that the flags make; the key file is read here. */
export function meterSettingsOf(flags: MeterFlags): MeterSettings {
  const { idle, active, biflow, outer, keys, sampling, samplingMethod, duplicates, maxFlows } = flags;
  if (samplingMethod && sampling === undefined)
    throw new WeirError('usage', '--sampling-method says how to sample: --sampling N says how much');
  const settings: MeterSettings = {
    ...(idle === undefined ? {} : { idleMs: idle }),
    ...(active === undefined ? {} : { activeMs: active === 'off' ? null : active }),
    ...(biflow ? { biflow } : {}),
    ...(outer ? { outer } : {}),
    ...(keys === undefined ? {} : { keys: readKeys(keys) }),
    ...(sampling === undefined ? {} : { sampling }),
    ...(samplingMethod ? { samplingMethod } : {}),
    ...(duplicates ? { duplicates: duplicates === 'counted' ? 'counted' : 'left_out' } : {}),
    ...(maxFlows === undefined ? {} : { maxFlows }),
  };
  // What is wrong in the key file is told before anything is read.
  espKeys(settings);
  return settings;
}

function readKeys(file: string): KeyText {
  try {
    return { file, text: readFileSync(file, 'utf8') };
  } catch (error) {
    throw new WeirError('usage', `--keys ${file}: ${whyUnreadable(error)}`, { cause: error });
  }
}
