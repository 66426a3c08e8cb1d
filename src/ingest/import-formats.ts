/** What exports flows, by the first bytes of a datagram. `other` has a version that no decoder here reads. */
export type ExportFormat = 'netflow5' | 'netflow7' | 'netflow9' | 'ipfix' | 'sflow5' | 'other';

const NETFLOW5_RECORD = 48;
const NETFLOW7_RECORD = 52;
const FIXED_HEADER = 24;
const NETFLOW9_HEADER = 20;
export const IPFIX_HEADER = 16;
const SFLOW_HEADER = 28;
/** 2000-01-01 in seconds: no exporter's clock is before it, but for one that has none. */
const YEAR_2000 = 946_684_800;
/** Records of a datagram that no network carries in one. */
const MOST_FIXED = 64;
const MOST_SAMPLES = 1_000;

/** The ports that exporters are given in practice: 2055 and 99xx (NetFlow), 4739 (IPFIX, RFC 7011 section 10.3), 6343 (sFlow). */
export const EXPORT_PORTS: ReadonlySet<number> = new Set([
  ...[2055, 2056, 4432, 4739, 6343, 9555],
  ...Array.from({ length: 100 }, (_, i) => 9900 + i),
]);

/** The format of a datagram that is known to be an export, or that came to a port of exports; null where it is of no version there is. */
export function formatOf(view: DataView, at: number, length: number): ExportFormat | null {
  if (length < 4) return null;
  switch (view.getUint16(at)) {
    case 5:
      return 'netflow5';
    case 7:
      return 'netflow7';
    case 9:
      return 'netflow9';
    case 10:
      return 'ipfix';
    case 1:
    case 6:
    case 8:
      return 'other';
    case 0: {
      const version = view.getUint16(at + 2);
      return version === 5 ? 'sflow5' : version === 2 || version === 4 ? 'other' : null;
    }
    default:
      return null;
  }
}

/** The format of the export in a datagram; null where it holds none. `named`: ports that hold exports whatever their bytes look like. */
export function exportFormatOf(
  view: DataView,
  at: number,
  length: number,
  port: number,
  named: ReadonlySet<number>,
): ExportFormat | null {
  if (named.has(port)) return formatOf(view, at, length) ?? 'other';
  if (EXPORT_PORTS.has(port)) return formatOf(view, at, length);
  return isSurelyExport(view, at, length) ? formatOf(view, at, length) : null;
}

/** Whether a datagram to any port can only be an export: its lengths, counts and times agree with each other to the last byte. */
export function isSurelyExport(view: DataView, at: number, length: number): boolean {
  switch (formatOf(view, at, length)) {
    case 'netflow5':
      return isFixed(view, at, length, NETFLOW5_RECORD);
    case 'netflow7':
      return isFixed(view, at, length, NETFLOW7_RECORD);
    case 'netflow9':
      return isNetflow9(view, at, length);
    case 'ipfix':
      return isIpfixMessage(view, at, length);
    case 'sflow5':
      return isSflow(view, at, length);
    default:
      return false;
  }
}

function isFixed(view: DataView, at: number, length: number, record: number): boolean {
  const count = view.getUint16(at + 2);
  return count > 0 && count <= MOST_FIXED && length === FIXED_HEADER + count * record && isTime(view, at + 8);
}

function isNetflow9(view: DataView, at: number, length: number): boolean {
  if (length <= NETFLOW9_HEADER || !isTime(view, at + 8)) return false;
  return setsFill(view, at + NETFLOW9_HEADER, at + length, 0);
}

/** A whole IPFIX message whose sets fill it. */
export function isIpfixMessage(view: DataView, at: number, length: number): boolean {
  if (length <= IPFIX_HEADER || view.getUint16(at) !== 10 || view.getUint16(at + 2) !== length) return false;
  return isTime(view, at + 4) && setsFill(view, at + IPFIX_HEADER, at + length, 2);
}

/** Sets (RFC 7011 section 3.3.2, RFC 3954 section 5) from `at` to `end` without a rest; `template` and the id after it are those of templates. */
function setsFill(view: DataView, at: number, end: number, template: number): boolean {
  let from = at;
  while (from + 4 <= end) {
    const id = view.getUint16(from);
    const length = view.getUint16(from + 2);
    if ((id < 256 && id !== template && id !== template + 1) || length < 4 || from + length > end) return false;
    from += length;
  }
  return from === end;
}

/** https://sflow.org/sflow_version_5.txt, section 5: the agent's address, then counts. */
function isSflow(view: DataView, at: number, length: number): boolean {
  if (length < SFLOW_HEADER) return false;
  const kind = view.getUint32(at + 4);
  if (kind !== 1 && kind !== 2) return false;
  const counted = at + 8 + (kind === 1 ? 4 : 16) + 12;
  if (counted + 4 > at + length) return false;
  const samples = view.getUint32(counted);
  return samples <= MOST_SAMPLES && (samples === 0 || counted + 12 <= at + length);
}

function isTime(view: DataView, at: number): boolean {
  return view.getUint32(at) >= YEAR_2000;
}
