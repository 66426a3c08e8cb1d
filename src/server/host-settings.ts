import type { ForwardTarget } from '../ingest/index.ts';
import { type Guest, guestSetting } from './guest-setting.ts';
import { setting } from './setting.ts';
import { duration, integer, scalar, text, word } from './setting-schemas.ts';

/** `on` or `off`, in YAML `true` or `false` as well. */
export const onOff = scalar<'on' | 'off'>('on or off', (t) => {
  if (/^(on|true|yes)$/i.test(t)) return 'on';
  return /^(off|false|no)$/i.test(t) ? 'off' : null;
}).transform((said) => said === 'on');

const IPFIX_PORT = 4739;

function readForward(text: string): ForwardTarget | null {
  const url = /^ipfix:\/\/[^/]+\/?$/.test(text) && URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.hostname === '' || url.username !== '' || url.port === '0') return null;
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) || IPFIX_PORT };
}

/** What can be set of the meter of this host. In the file they may stand in a group: `host: {name: a1}` is `host_name: a1`. */
export const HOST_SETTINGS = {
  host: setting<boolean>({
    schema: onOff,
    fallback: true,
    meaning: 'meters what this machine itself sends and receives, by process and user, in a process of its own',
    flag: 'on|off',
  }),
  host_name: setting<string | null>({
    schema: text('a name'),
    fallback: null,
    meaning: 'what records call this machine; default: its host name',
    flag: 'NAME',
  }),
  host_export_period: setting({
    schema: duration('5m', 1_000),
    fallback: 300_000,
    meaning: 'a flow of this machine that lasts is recorded so often',
    flag: 'DURATION',
  }),
  host_policy: setting<string | null>({
    schema: text('a file with a privacy policy'),
    fallback: null,
    meaning: 'file with what is dropped, truncated or pseudonymised before anything of this machine is stored',
    flag: 'FILE',
  }),
  host_server_names: setting<boolean>({
    schema: onOff,
    fallback: true,
    meaning: 'names of servers from DNS answers and from the first bytes of TLS and QUIC connections of this machine',
    flag: 'on|off',
  }),
  host_guests: setting<boolean>({
    schema: onOff,
    fallback: true,
    meaning: 'traffic of guests (virtual machines) by their tap devices, and by the interfaces that `guests` names',
    flag: 'on|off',
  }),
  guests: setting<readonly Guest[]>({
    schema: guestSetting,
    fallback: [],
    meaning: 'interfaces of guests, with the name of each guest',
    fileOnly: true,
  }),
  host_own_traffic: setting<'left-out' | 'counted'>({
    schema: word('left-out', 'counted'),
    fallback: 'left-out',
    meaning: "Weir's own traffic on this machine",
    flag: 'left-out|counted',
  }),
  host_proxy_log: setting<string | null>({
    schema: text('the access log of a proxy'),
    fallback: null,
    meaning: 'access log of a proxy on this machine: its requests become records of client and outside server',
    flag: 'FILE',
  }),
  host_forward: setting<ForwardTarget | null>({
    schema: scalar('ipfix://HOST:PORT', readForward),
    fallback: null,
    meaning: "collector that gets this machine's records as well, over UDP, after the privacy policy",
    flag: 'ipfix://HOST:PORT',
  }),
  host_cpu: setting({
    schema: integer(1, 100),
    fallback: 5,
    meaning: 'percent of one core that the meter of this machine may take: beyond it looks less often, then samples',
    flag: 'PERCENT',
  }),
  host_max_flows: setting({
    schema: integer(1_000, 10_000_000),
    fallback: 200_000,
    meaning:
      'flow records of this machine within one export period at most: of more a sample is kept that stands for all',
    flag: 'N',
  }),
} as const;
