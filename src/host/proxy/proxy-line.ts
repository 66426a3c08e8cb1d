import { parseAddress } from '../../flow/index.ts';
import { hostName } from '../server-names/host-name.ts';

/** One request that a proxy made on behalf of a client. Times are ms since 1970, sizes octets above TCP, headers of HTTP among them; unknown ports are 0. */
export interface ProxyRequest {
  startMs: number;
  endMs: number;
  client: string;
  clientPort: number;
  server: string;
  serverPort: number;
  /** The proxy's end of its connection to the server; '' where the log does not say it. */
  proxy: string;
  proxyPort: number;
  /** From the client, and to it; -1 where the log does not say it. */
  sent: number;
  received: number;
  outcome: 'unknown' | 'established' | 'refused' | 'unanswered';
  /** The name that the client asked for; '' where it asked for an address. */
  serverName: string;
  user: string;
}

/** Why a line is no request to a server: neither of the two formats; or answered from the cache, refused by the proxy, or no address was found for the name. */
type ProxyLineProblem = 'not_a_line' | 'no_server';

/** As Linux numbers them; Squid writes them behind the name of its error page. */
const REFUSED = 'errno=111';
const UNANSWERED = 'errno=110';

/** 2000 and 2100: what a clock says that was never set is no time of a request. */
const EARLIEST_S = 946_684_800;
const LATEST_S = 4_102_444_800;
const STAMP = /^\d{9,10}(\.\d{1,9})?$/;
/** No connection is said to have begun longer before its line. */
const LONGEST_MS = 86_400_000;
/** What would rule a terminal, or turn text round. */
const CONTROL = /[\p{Cc}\p{Cf}]/u;
const MOST_USER_CHARACTERS = 254;

/**
 * A line of the format that docs/how-to/proxy-logs.md names, or of Squid's own (`logformat squid`), which has no ports of the client and no ends of the proxy. What a
 * proxy writes is text of clients: fields are looked at one by one, and nothing of a line is believed that they do not hold.
 */
export function parseProxyLine(line: string): ProxyRequest | ProxyLineProblem {
  const fields = line.trim().split(/ +/);
  const [stamp, elapsed, client] = fields;
  const end = STAMP.test(stamp ?? '') ? Number(stamp) : 0;
  const took = size(elapsed);
  const isTime = end > EARLIEST_S && end < LATEST_S && took >= 0 && took <= LONGEST_MS;
  if (!isTime || !isAddress(client ?? '')) return 'not_a_line';
  const endMs = Math.round(end * 1000);
  const times = { startMs: endMs - took, endMs, client: client! };
  if (fields.length >= 15 && isPort(fields[3])) return ownFormat(fields, times);
  return fields.length >= 9 && fields[3]!.includes('/') ? squidFormat(fields, times) : 'not_a_line';
}

type Times = Pick<ProxyRequest, 'startMs' | 'endMs' | 'client'>;

function ownFormat(fields: readonly string[], times: Times): ProxyRequest | ProxyLineProblem {
  const [clientPort, server, serverPort, proxy, proxyPort, sent, received, status, error, , url, user] =
    fields.slice(3);
  const octets = [size(sent), size(received)] as const;
  if (octets.includes(-1) || !/^\d{1,3}$/.test(status!) || !error!.includes('/')) return 'not_a_line';
  if (server === '-') return 'no_server';
  if (!isAddress(server!) || !isPort(serverPort)) return 'not_a_line';
  return {
    ...times,
    clientPort: Number(clientPort),
    server: server!,
    serverPort: Number(serverPort),
    proxy: isAddress(proxy!) && isPort(proxyPort) && proxyPort !== '0' ? proxy! : '',
    proxyPort: isPort(proxyPort) ? Number(proxyPort) : 0,
    sent: octets[0],
    received: octets[1],
    outcome: outcomeOf(error!),
    serverName: targetOf(url!).name,
    user: userOf(user),
  };
}

/** `time elapsed client action/status size method URL user hierarchy/peer type`. */
function squidFormat(fields: readonly string[], times: Times): ProxyRequest | ProxyLineProblem {
  const [, received, , url, user, peer] = fields.slice(3);
  const server = peer!.slice(peer!.indexOf('/') + 1);
  if (size(received) < 0 || !peer!.includes('/')) return 'not_a_line';
  if (!isAddress(server)) return 'no_server';
  const { name, port } = targetOf(url!);
  return {
    ...times,
    clientPort: 0,
    server,
    serverPort: port,
    proxy: '',
    proxyPort: 0,
    sent: -1,
    received: size(received),
    outcome: 'unknown',
    serverName: name,
    user: userOf(user),
  };
}

/** ERR_NONE is written as a dash; other errors of a request whose server answered say nothing of its connection. */
function outcomeOf(error: string): ProxyRequest['outcome'] {
  if (error === '-/-') return 'established';
  if (!error.startsWith('ERR_CONNECT_FAIL/')) return 'unknown';
  if (error.endsWith(REFUSED)) return 'refused';
  return error.endsWith(UNANSWERED) ? 'unanswered' : 'unknown';
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443, 'ftp:': 21 };

/** Host and port of a URL, or of `host:port` as CONNECT has it. */
function targetOf(text: string): { name: string; port: number } {
  const url = parsed(text);
  const direct = url && DEFAULT_PORTS[url.protocol] !== undefined ? url : parsed(`https://${text}`);
  if (!direct) return { name: '', port: 0 };
  const name = direct.hostname.replace(/^\[|\]$/g, '');
  return {
    name: isAddress(name) ? '' : (hostName(name) ?? ''),
    port: Number(direct.port) || DEFAULT_PORTS[direct.protocol]!,
  };
}

function parsed(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

function isAddress(text: string): boolean {
  return parseAddress(text) !== null;
}

function isPort(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,5}$/.test(text) && Number(text) < 65_536;
}

function size(text: string | undefined): number {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : -1;
}

/** Squid writes a name with escapes of URLs; one that cannot be read, or stands for what is no text, stays as it is. */
function userOf(text: string | undefined): string {
  if (text === undefined || text === '-' || CONTROL.test(text)) return '';
  return unescaped(text).slice(0, MOST_USER_CHARACTERS);
}

function unescaped(text: string): string {
  try {
    const user = decodeURIComponent(text);
    return CONTROL.test(user) ? text : user;
  } catch {
    return text;
  }
}
