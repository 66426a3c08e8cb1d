import type { Command } from 'commander';
import { WeirError } from '../base/index.ts';
import { trafficOptions } from '../ingest/index.ts';
import { Metering } from '../meter/index.ts';
import { InterfaceCapture, type InterfaceChange, interfaceNames } from '../system/index.ts';
import { collectList, newCommand, oneOf, parseCountUpTo, withExamples } from './command-line.ts';
import { counted, grouped, span } from './human.ts';
import { addMeterFlags, type MeterFlags, meterSettingsOf } from './meter-flags.ts';
import { print } from './output.ts';
import { PacedExpiry } from './paced-expiry.ts';
import { ProbeExports } from './probe-exports.ts';
import { checkCapture, finishFlows, meterCapture } from './probe-file.ts';
import { meterInterface } from './probe-live.ts';
import { ProbeStop } from './probe-stop.ts';
import { type ProbeState, summaryLines, summaryOf } from './probe-summary.ts';

interface Flags extends MeterFlags {
  readonly capture: string;
  readonly to: string[];
  readonly domain?: number;
  readonly snap?: number;
  readonly promiscuous: boolean;
  readonly rate?: number;
  readonly verbose?: boolean;
  readonly format?: 'text' | 'json';
}

/** The longest packet that a kernel hands on. */
const MOST_SNAP = 262_144;
/** All headers, through tunnels, and some payload by which copies of a mirror are known. */
const DEFAULT_SNAP = 256;
/** A second of 200,000 small packets a second. */
const RING_BYTES = 32 << 20;
/** What a collector with the usual socket buffer takes without loss. */
const DEFAULT_RATE = 20_000;
const VERBOSE_MS = 10_000;
/** A shorter wait needs no word. */
const TOLD_WAIT_MS = 2_000;

export function probeCommand(): Command {
  const command = newCommand('probe')
    .requiredOption(
      '--capture <interface>',
      'the interface, such as a mirror port; or a capture file, as fast as its flows can be sent',
    )
    .requiredOption(
      '--to <collector>',
      'netflow5://HOST:PORT, netflow9://HOST:PORT or ipfix://HOST:PORT; several: again, or with commas',
      collectList,
    )
    .option(
      '--domain <n>',
      'observation domain (NetFlow v5: engine) of the flows (default: 1; NetFlow v5: 0)',
      parseCountUpTo('--domain', 0xffff_fffe),
    )
    .option(
      '--snap <bytes>',
      `bytes that are captured of a packet (default: ${DEFAULT_SNAP}; ESP, and all with --keys, whole)`,
      parseCountUpTo('--snap', MOST_SNAP),
    )
    .option('--no-promiscuous', 'only packets of this machine, not all that a mirror port brings')
    .option(
      '--rate <n>',
      `flow records a second from a file, at the end, and of flows that are idle (default: ${DEFAULT_RATE})`,
      parseCountUpTo('--rate', 10_000_000),
    )
    .option('--verbose', 'a report each 10 s, not only at the end')
    .option('--format <form>', 'text or json: the report (default: text)', oneOf('--format', ['text', 'json']));
  addMeterFlags(command).option(
    '--biflow',
    'both directions of a conversation as one flow (IPFIX: RFC 5103; else two records)',
  );
  withExamples(
    command,
    'weir probe --capture eth1 --to ipfix://192.0.2.9:4739',
    'weir probe --capture eth1 --to netflow9://192.0.2.9:2055 --to ipfix://192.0.2.10 --active 60s --verbose',
    'weir probe --capture monday.pcap --to netflow5://127.0.0.1:2055',
  );
  return command.action(async (flags: Flags) => runProbe(flags));
}

async function runProbe(flags: Flags): Promise<void> {
  const live = interfaceNames().includes(flags.capture);
  if (!live) await checkCapture(flags.capture);
  const settings = meterSettingsOf(flags);
  let capture: InterfaceCapture | null = null;
  const dropped = () => capture?.counts().drops ?? 0;
  const exports = await ProbeExports.open(flags.to, {
    biflow: flags.biflow === true,
    domain: flags.domain,
    ignoredPackets: dropped,
  });
  const options = trafficOptions(settings);
  const metering = new Metering(options, exports);
  if (live) {
    capture = new InterfaceCapture({
      interface: flags.capture,
      snapBytes: flags.snap ?? (flags.keys ? MOST_SNAP : DEFAULT_SNAP),
      espSnapBytes: flags.snap ?? MOST_SNAP,
      ringBytes: RING_BYTES,
      promiscuous: flags.promiscuous,
      leftOut: exports.all.map(({ sender }) => sender),
    });
  }
  const began = { beganMs: performance.now(), cpu: process.cpuUsage() };
  const state = (): ProbeState => ({
    capture: flags.capture,
    ...began,
    metering,
    esp: options.esp,
    exports: exports.all,
    dropped: dropped(),
  });
  const rate = flags.rate ?? DEFAULT_RATE;
  const stop = new ProbeStop(rate);
  stop.listen();
  const expiry = new PacedExpiry(metering.meter, rate);
  let failure: unknown = null;
  await announce(flags, capture);
  try {
    if (capture) await meterInterface(capture, metering, expiry, exports, stop.signal, liveEvents(flags, state));
    else await meterCapture(flags.capture, metering, exports, stop);
  } catch (error) {
    failure = error;
  }
  const cut = !live && stop.signal.aborted;
  if (stop.signal.aborted && !stop.hurry.aborted) tellWait(metering.meter.open, rate);
  await finishFlows(metering, exports, stop);
  const total = state();
  exports.end(Date.now());
  capture?.close();
  await report(total, flags);
  if (failure) throw failure;
  const { refusal } = exports;
  if (refusal) throw refusal;
  if (stop.hurry.aborted) throw new WeirError('cancelled', leftText(total, cut));
}

/** Who ended the capture hears why the process stays. */
function tellWait(open: number, rate: number): void {
  const waitMs = (1_000 * open) / rate;
  if (waitMs < TOLD_WAIT_MS) return;
  const last = `sending the last ${counted(open, 'flow')} takes ${span(waitMs)} at ${grouped(rate)} records a second`;
  process.stderr.write(`weir: ${last}; Ctrl-C again leaves out the rest\n`);
}

/** `cut`: the signal came before the end of the file. */
function leftText({ capture, metering }: ProbeState, cut: boolean): string {
  const unsent = `not sent: ${counted(metering.meter.open, 'open flow')}`;
  return `interrupted: ${cut ? `${capture} was not read to its end; ` : ''}${unsent}`;
}

async function announce({ capture: name, to }: Flags, capture: InterfaceCapture | null): Promise<void> {
  if (capture && !capture.isUp)
    process.stderr.write(`weir: ${name} is down or has no carrier: packets come when it is up\n`);
  await print(`capturing ${name}\n${to.map((target) => `exporting ${target}\n`).join('')}ready\n`);
}

const CHANGES = {
  up: 'is up',
  down: 'went down: packets come when it is up',
  no_carrier: 'has no carrier: packets come when it has',
  gone: 'is gone: packets come when there is an interface of this name again',
  replaced: 'came back',
} as const;

function liveEvents(flags: Flags, state: () => ProbeState) {
  let dueMs = Date.now() + VERBOSE_MS;
  return {
    tick(nowMs: number): void {
      if (!flags.verbose || nowMs < dueMs) return;
      dueMs = nowMs + VERBOSE_MS;
      process.stderr.write(summaryText(state()));
    },
    changed({ state: now, problem }: InterfaceChange): void {
      process.stderr.write(`weir: ${flags.capture} ${CHANGES[now]}${problem ? `, but ${problem.message}` : ''}\n`);
    },
  };
}

function summaryText(state: ProbeState): string {
  return `${summaryLines(summaryOf(state)).join('\n')}\n`;
}

async function report(state: ProbeState, { format }: Flags): Promise<void> {
  if (format === 'json') await print(`${JSON.stringify(summaryOf(state))}\n`);
  else process.stderr.write(summaryText(state));
}
