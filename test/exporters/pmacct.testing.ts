import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Program, startProgram, waitFor } from './program.testing.ts';

type PmacctPlugin =
  | { readonly plugin: 'nfprobe'; readonly version: 5 | 9 | 10; readonly engine?: string }
  | { readonly plugin: 'sfprobe'; readonly agentAddress: string };

export interface PmacctOptions {
  readonly export: PmacctPlugin;
  /** Of a collector on this machine. */
  readonly port: number;
  readonly folder: string;
  readonly sampling?: number;
  /** The exporter's address (nfprobe). */
  readonly source?: string;
  /** Packets that it looks at, in the words of tcpdump. */
  readonly filter?: string;
}

const FLOW_KEY = 'src_host, dst_host, src_port, dst_port, proto, tos, tcpflags';

function configuration({ export: exported, port, sampling, source, filter }: PmacctOptions, input: string): string {
  const lines = [
    'daemonize: false',
    input,
    `plugins: ${exported.plugin}`,
    `${exported.plugin}_receiver: 127.0.0.1:${port}`,
    // The queue between the daemon's processes: what does not fit is lost without a word.
    'plugin_pipe_size: 20480000',
    'plugin_buffer_size: 102400',
    ...(filter ? [`pcap_filter: ${filter}`] : []),
    ...(sampling ? [`sampling_rate: ${sampling}`] : []),
  ];
  if (exported.plugin === 'sfprobe') return [...lines, `sfprobe_agentip: ${exported.agentAddress}`, ''].join('\n');
  lines.push(`aggregate: ${FLOW_KEY}`, `nfprobe_version: ${exported.version}`);
  if (source) lines.push(`nfprobe_source_ip: ${source}`);
  if (exported.engine) lines.push(`nfprobe_engine: ${exported.engine}`);
  return [...lines, ''].join('\n');
}

function configure(options: PmacctOptions, input: string): string {
  const file = join(options.folder, `pmacctd-${options.port}.conf`);
  writeFileSync(file, configuration(options, input));
  return file;
}

const FILE_PATIENCE_MS = 20_000;

/**
 * pmacctd over a capture, to its end. It exports all flows when the file is read; it sleeps two seconds before and after. Its exit
 * code says nothing: it is 1 when the exporting process ended before the reading one.
 */
export async function runPmacct(options: PmacctOptions, capture: string): Promise<void> {
  const program = startProgram('pmacctd', ['-f', configure(options, `pcap_savefile: ${capture}`)]);
  const late = setTimeout(() => void program.stop('SIGKILL'), FILE_PATIENCE_MS);
  await program.exited;
  clearTimeout(late);
  if (!/Exporting flows to/.test(program.output())) throw new Error(`pmacctd exported nothing: ${program.output()}`);
}

/** pmacctd on an interface. sfprobe sends what fills no datagram only once a second: give it time before `stop`. */
export async function startPmacct(options: PmacctOptions, device: string): Promise<Program> {
  const program = startProgram('pmacctd', ['-f', configure(options, `pcap_interface: ${device}`)]);
  await waitFor('pmacctd captures', () => /Exporting flows to/.test(program.output())).catch(async (error: Error) => {
    await program.stop('SIGKILL');
    throw new Error(`${error.message}: ${program.output()}`);
  });
  return program;
}
