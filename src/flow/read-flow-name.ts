import { quoted, WeirError } from '../base/index.ts';
import { formatAddress, parseAddress } from './address.ts';
import { type FlowName, type FlowRecordJson, nameOfRecord, timeOf } from './flow-name.ts';
import { protocolNumber } from './protocols.ts';

const EXAMPLE = 'tcp 10.0.0.1:40000 > 198.51.100.7:443 start 2026-11-22T09:30:00.000Z exporter 192.0.2.1';
const FORM = /^(\S+)\s+(\S+)\s+-?>\s+(\S+)(?:\s+start\s+(\S+))?(?:\s+exporter\s+(\S+))?$/;

/** Reads the name of a flow, or a record as `weir flows --format jsonl` prints it. */
export function parseFlowName(text: string): FlowName {
  const given = text.trim();
  const named = given.startsWith('{') ? checkedName(nameOfRecord(parsedRecord(given))) : readName(given);
  if (named !== null) return named;
  throw new WeirError(
    'usage',
    `${quoted(text)} names no flow: expected \`${EXAMPLE}\`, or a line of \`weir flows --format jsonl\``,
  );
}

function readName(given: string): FlowName | null {
  const [, protocol = '', source = '', destination = '', start, exporter] = FORM.exec(given) ?? [];
  const number = /^\d{1,3}$/.test(protocol) ? Number(protocol) : protocolNumber(protocol);
  const [from, to] = [endOf(source), endOf(destination)];
  if (number === undefined || !from || !to) return null;
  return checkedName({
    protocol: number,
    srcAddress: from.address,
    srcPort: from.port,
    dstAddress: to.address,
    dstPort: to.port,
    start: start === undefined ? null : timeOf(start),
    exporter: exporter ?? null,
  });
}

/** The last moment that a date can be, ms (ECMA-262 section 21.4.1.1). */
const LAST_MS = 8.64e15;

/** Null where a part of it is none: it becomes a filter, and is shown. */
function checkedName(name: FlowName): FlowName | null {
  const { protocol, srcAddress, srcPort, dstAddress, dstPort, start, exporter } = name;
  const isUpTo = (value: number, most: number) => Number.isInteger(value) && value >= 0 && value <= most;
  const areNumbers = isUpTo(protocol, 255) && isUpTo(srcPort, 65_535) && isUpTo(dstPort, 65_535);
  const addresses = [srcAddress, dstAddress, ...(exporter === null ? [] : [exporter])];
  const isTime = start === null || (Number.isInteger(start) && Math.abs(start) <= LAST_MS);
  return areNumbers && isTime && addresses.every((address) => parseAddress(address) !== null) ? name : null;
}

function parsedRecord(text: string): FlowRecordJson {
  try {
    return JSON.parse(text) as FlowRecordJson;
  } catch (cause) {
    throw new WeirError('usage', `a record in JSON is expected behind {: ${(cause as Error).message}`, { cause });
  }
}

/** `10.0.0.1:443`, `[2001:db8::1]:443`, or an address alone where the protocol has no ports. */
function endOf(text: string): { address: string; port: number } | null {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const words = parseAddress(bracketed ?? plain ?? text);
  if (!words || Number(port ?? 0) > 65_535) return null;
  return { address: formatAddress(words), port: Number(port ?? 0) };
}
