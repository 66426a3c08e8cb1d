import type { ApplicationName } from '../../flow/index.ts';

export const TCP = 6;
const UDP = 17;
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
/** Exporters round times, and two of them have two clocks. */
const SKEW_MS = 2 * SECOND_MS;
/** Ports that any program may take; those below are given to servers that root starts (RFC 6335 section 6). */
export const FREE_PORTS = 1_024;
/** From here on Windows chooses ports of RPC servers (since Vista), and up to OLD_DYNAMIC before that. */
const DYNAMIC_PORTS = 49_152;
const OLD_DYNAMIC = 5_000;
/** From here on systems choose ports of clients: Linux here, others higher. */
const CHOSEN_PORTS = 32_768;

/** A conversation that explains others. Its ports are those of its server. */
export interface StateRule {
  /** What the conversation is known as. */
  readonly control: ApplicationName;
  readonly ports: readonly number[];
  readonly protocols: readonly number[];
  /** What it says that the others are. */
  readonly explains: ApplicationName;
  /** Whether it is about all flows of the client, not about those with the same server. */
  readonly ofClient?: true;
  /** When flows that it explains may begin, by its first and last packet (ms). */
  readonly from: (startMs: number, endMs: number) => number;
  readonly to: (startMs: number, endMs: number) => number;
  /** Whether each flow has a port of the server for itself, and only one of its ends says something: what is otherwise is something else. */
  readonly alone?: true;
  /** Whether it explains a flow from this port of its client to this port of its server; `known` and `clientKnown`: an application has that port. */
  readonly flow: (
    protocol: number,
    clientPort: number,
    serverPort: number,
    known: boolean,
    clientKnown: boolean,
  ) => boolean;
}

const FTP = {
  control: 'ftp',
  ports: [21],
  protocols: [TCP],
  explains: 'ftp-data',
  from: (startMs: number) => startMs - SKEW_MS,
  to: (_: number, endMs: number) => endMs + 5 * SECOND_MS,
} as const;

/**
 * What exported flows tell without payload: that one conversation arranges others. Each rule asks for ports that hardly anything else has
 * there, because a wrong name is worse than none; what goes to a port that another application has stays what it is.
 */
export const STATE_RULES: readonly StateRule[] = [
  {
    // RFC 959 section 3.2: active transfers come from port 20.
    ...FTP,
    flow: (protocol, clientPort, serverPort) => protocol === TCP && clientPort >= FREE_PORTS && serverPort === 20,
  },
  {
    // Passive ones go to a port that the server announces for each (RFC 1123 section 4.1.2.6), which could be anything at all. Where the client's port is that
    // of an application, and not one of those that systems choose for clients, it could be the server of another.
    ...FTP,
    alone: true,
    flow: (protocol, clientPort, serverPort, known, clientKnown) =>
      protocol === TCP &&
      clientPort >= FREE_PORTS &&
      serverPort >= FREE_PORTS &&
      !known &&
      (!clientKnown || clientPort >= CHOSEN_PORTS),
  },
  {
    // MS-RPCE section 2.1.1.1: the endpoint mapper says at which port an interface is. A long conversation with it explains only what begins after it did.
    control: 'epmap',
    ports: [135],
    protocols: [TCP],
    explains: 'dce-rpc',
    from: (startMs) => startMs - SKEW_MS,
    to: (startMs, endMs) => Math.min(endMs, startMs + 30 * SECOND_MS) + 10 * SECOND_MS,
    flow: (protocol, clientPort, serverPort, known) =>
      protocol === TCP &&
      clientPort >= FREE_PORTS &&
      !known &&
      (serverPort >= DYNAMIC_PORTS || (serverPort >= FREE_PORTS && serverPort <= OLD_DYNAMIC)),
  },
  {
    // RFC 1833 section 2: where a program listens. Of what follows only that is sure which comes from a port of the client's root, as NFS and its like do.
    control: 'portmap',
    ports: [111],
    protocols: [TCP, UDP],
    explains: 'sunrpc',
    from: (startMs) => startMs - SKEW_MS,
    to: (startMs, endMs) => Math.min(endMs, startMs + 30 * SECOND_MS) + 5 * SECOND_MS,
    flow: (_, clientPort, serverPort, known) => clientPort > 0 && clientPort < FREE_PORTS && serverPort > 0 && !known,
  },
  {
    // Plonka, "FlowScan", 2001: who talked to an index server exchanges files at port 6699 (6688 with other clients) thereafter.
    control: 'napster',
    ports: [8875, 4444, 5555, 6666, 7777, 8888],
    protocols: [TCP],
    explains: 'napster',
    ofClient: true,
    from: (startMs) => startMs,
    to: (_, endMs) => endMs + 60 * MINUTE_MS,
    flow: (protocol, clientPort, serverPort) => protocol === TCP && (isTransfer(clientPort) || isTransfer(serverPort)),
  },
];

function isTransfer(port: number): boolean {
  return port === 6699 || port === 6688;
}
