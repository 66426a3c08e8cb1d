import type { Command } from 'commander';
import { asWeirError, WeirError } from '../base/index.ts';
import { filterToPredicate, parseFilter } from '../filter/index.ts';
import { collectList, newCommand, oneOf, withExamples } from './command-line.ts';
import { explain } from './explain.ts';
import { withFilter } from './filter-error.ts';
import { beginSession } from './interrupt.ts';
import { meterFile, newRowMemory } from './meter-file.ts';
import { addMeterFlags, type MeterFlags, meterSettingsOf } from './meter-flags.ts';
import { METER_FORMATS, type MeterFormat, MeterPrint } from './meter-print.ts';
import { openInput } from './open-input.ts';
import { ReaderGone } from './output.ts';
import { fallsShort, meteredSummary } from './render-traffic.ts';

interface Flags extends MeterFlags {
  readonly format?: MeterFormat;
  readonly columns?: string[];
  readonly filter?: string;
}

export function meterCommand(): Command {
  const command = newCommand('meter')
    .argument('<file...>', 'pcap or pcapng, gzip-compressed or not, each metered by itself; - is standard input')
    .option(
      '--format <form>',
      'jsonl, csv or table (default: table on a terminal, else jsonl)',
      oneOf('--format', METER_FORMATS),
    )
    .option(
      '--columns <columns>',
      'columns of a flow, separated by commas (default: all that have a value)',
      collectList,
    )
    .option('--filter <filter>', 'which flows are shown, e.g. "proto udp and dst port 53"');
  addMeterFlags(command).option('--biflow', 'both directions of a conversation as one flow');
  withExamples(
    command,
    'weir meter capture.pcap',
    'weir meter monday.pcapng.gz tuesday.pcapng.gz --format csv > flows.csv',
    "weir meter capture.pcap --filter 'proto tcp and dst port 443' --columns start,src_addr,dst_addr,bytes",
    'tcpdump -i eth0 -w - -U | weir meter - --biflow',
  );
  return command.action(async (files: string[], flags: Flags) => runMeter(files, flags));
}

async function runMeter(files: readonly string[], flags: Flags): Promise<void> {
  if (files.filter((f) => f === '-').length > 1) throw new WeirError('usage', '-: standard input can be read once');
  const settings = meterSettingsOf(flags);
  const format = flags.format ?? (process.stdout.isTTY ? 'table' : 'jsonl');
  const printer = new MeterPrint({
    format,
    columns: flags.columns,
    biflow: flags.biflow === true,
    several: files.length > 1,
    filter: flags.filter ? predicateOf(flags.filter) : null,
  });
  const memory = newRowMemory();
  const session = beginSession();
  let failed = false;
  const complain = (error: WeirError) => {
    failed = true;
    process.stderr.write(`${explain(error)}\n`);
  };
  try {
    await printer.begin();
    for (const file of files) {
      const name = file === '-' ? 'stdin' : file;
      try {
        const { facts, problem } = await meterFile(openInput(file, session), name, settings, printer, memory);
        const alone = format === 'table' || process.stderr.isTTY;
        // Flows without a word are taken for all that there was.
        if (alone || (fallsShort(facts) && problem?.code !== 'usage'))
          process.stderr.write(meteredSummary(name, facts));
        if (problem && !session.signal.aborted) complain(problem);
      } catch (error) {
        if (error instanceof ReaderGone) throw error;
        complain(asWeirError(error));
      }
      if (session.signal.aborted) throw new WeirError('cancelled', 'interrupted: these are the flows until then');
    }
  } finally {
    session.end();
  }
  if (failed) process.exitCode = 1;
}

function predicateOf(text: string) {
  try {
    return filterToPredicate(parseFilter(text));
  } catch (error) {
    throw withFilter(error, text);
  }
}
