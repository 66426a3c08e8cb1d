import { counted, grouped } from './human.ts';
import { formatName } from './render-sources.ts';

/** What the report of exporters knows of one export stream, as far as it is needed to say why there is no flow of it. */
export interface ArrivedStream {
  readonly exporter: string;
  readonly domain: number;
  readonly formats: readonly string[];
  readonly datagrams: number;
  /** Sets of data that had to wait for their template. */
  readonly held: number;
  /** Records that the privacy policy removed, of a meter of ours. */
  readonly removed?: number;
  /** By decode error. */
  readonly errors: Readonly<Record<string, number>>;
}

/** Streams that are named; the report has all. */
const SHOWN = 5;
const READ = 'what is read: NetFlow v5, v7 and v9, IPFIX, sFlow v5';
const REMEDY =
  'exporters repeat templates every minute to every half hour: wait for one round, or shorten it (Cisco: `template data timeout 60`)';

/** What came and gave no flow, stream by stream; nothing where no datagram came. */
export function whyNoFlows(streams: readonly ArrivedStream[]): string[] {
  const came = streams.filter((s) => s.datagrams > 0 || errorsOf(s).length > 0);
  const lines = came.slice(0, SHOWN).map((s) => `${nameOf(s)}: ${causesOf(s).join('; ')}`);
  if (came.length > SHOWN) lines.push(`and ${came.length - SHOWN} more: see weir report exporters --from all`);
  if (came.some(awaitsTemplate)) lines.push(REMEDY);
  if (came.some(({ errors }) => (errors.unsupported_version ?? 0) > 0)) lines.push(READ);
  return lines;
}

/** Whether something of the stream could not be made flows of. */
export function isStuck(stream: ArrivedStream): boolean {
  return awaitsTemplate(stream) || errorsOf(stream).length > 0;
}

function nameOf({ exporter, domain, formats }: ArrivedStream): string {
  const format = formats.map(formatName).join(', ');
  return `${exporter}, domain ${domain}${format === '' ? '' : ` (${format})`}`;
}

/** Our own meter says how it fares before it has a flow that is over. */
const METERED = [
  'no flow that this node meters itself is over yet: `weir flows --active` shows those that are open, and each is recorded when it ends, or at the age of capture_active or host_export_period',
];

function causesOf(stream: ArrivedStream): string[] {
  const { datagrams, held } = stream;
  const removed = stream.removed ?? 0;
  if (removed > 0)
    return [
      `the privacy policy removed all that was recorded, ${counted(removed, 'record')}: \`weir host policy check FILE\` says what its rules do`,
    ];
  if (stream.formats.includes('meter')) return METERED;
  const gone = stream.errors.no_template ?? 0;
  const unread = errorsOf(stream).map(([cause, n]) => `${cause} ${grouped(n)}`);
  const causes = [
    ...(held > gone
      ? [`${counted(held - gone, 'set')} of data came before the template and ${wait(held - gone)} for it`]
      : []),
    ...(gone > 0 ? [`${counted(gone, 'set')} of data were given up, because the template did not come`] : []),
    ...(unread.length > 0 ? [`not readable: ${unread.join(', ')}`] : []),
  ];
  return causes.length > 0 ? causes : [`${counted(datagrams, 'datagram')} without a flow record so far`];
}

const wait = (n: number) => (n === 1 ? 'waits' : 'wait');

function awaitsTemplate({ held, errors }: ArrivedStream): boolean {
  return held > 0 || (errors.no_template ?? 0) > 0;
}

/** Bytes behind the last record are no obstacle, and a template that did not come is said in other words. */
function errorsOf({ errors }: ArrivedStream): [string, number][] {
  return Object.entries(errors).filter(([cause, n]) => n > 0 && cause !== 'no_template' && cause !== 'trailing_bytes');
}
