import { columnOf } from '../../flow/index.ts';
import { ASKED, otherSide, ownSide, PROCESS_ASKS } from '../names/client-side.ts';
import { PEER_APPLICATIONS } from '../names/peer-applications.ts';
import { type Explanation, type NamedRecord, numberOf, textOf } from './explanation.ts';
import type { KnownNames } from './known-names.ts';
import { portInWords, portSides } from './server-port.ts';

const TCP = 6;
const SYN = 0x02;
const SYN_ACK = 0x12;
const SIDES = columnOf('client_side').values!;
const OWNERS = columnOf('owner_source').values!;
const DIRECTIONS = columnOf('flow_direction').values!;

export function explainClientSide(record: NamedRecord, known: KnownNames): Explanation {
  const value = textOf(record, 'client_side');
  return {
    name: 'client_side',
    value: value || null,
    evidence: null,
    because: whyClientSide(record, known, value),
    stronger: value === '' ? 'the first packets of the flow, where they are metered' : null,
  };
}

/** In the order in which it is decided: the first that leads to what is stored. */
function whyClientSide(record: NamedRecord, known: KnownNames, value: string): string {
  if (value === '') return 'neither flags, nor ports, nor a process tell who asked';
  if (value === 'peer') return whyPeer(textOf(record, 'application'));
  return (
    byFlags(record, value) ??
    byProcess(record, value) ??
    byPorts(record, known, value) ??
    'who metered the flow saw who began, or its exporter says so (biflowDirection, RFC 5103)'
  );
}

function whyPeer(application: string): string {
  if (PEER_APPLICATIONS.has(application))
    return `${application} has no servers: both ends are peers, and it is known by more than its port`;
  return 'what it was when it came has no servers: both ends are peers; another name came later';
}

function byFlags(record: NamedRecord, value: string): string | null {
  if (numberOf(record, 'protocol') !== TCP) return null;
  const flags = numberOf(record, 'tcp_flags');
  if (value === 'source' && (flags & SYN_ACK) === SYN) return 'the source sent a SYN, and the flow has no ACK';
  const sawSyn = textOf(record, 'format') === 'meter' && (flags & SYN) !== 0;
  return sawSyn ? `the meter saw the first SYN of the connection: the ${value} sent it` : null;
}

function byProcess(record: NamedRecord, value: string): string | null {
  const asks = PROCESS_ASKS[OWNERS.indexOf(textOf(record, 'owner_source'))];
  if (!asks) return null;
  const own = ownSide(DIRECTIONS.indexOf(textOf(record, 'flow_direction')));
  const client = asks === ASKED ? own : otherSide(own);
  if (SIDES[client] !== value) return null;
  return asks === ASKED
    ? 'the process of the flow asked: its socket connected'
    : 'the process of the flow was asked: its socket listened';
}

function byPorts(record: NamedRecord, known: KnownNames, value: string): string | null {
  const { client, port } = portSides(record, known);
  if (client !== value) return null;
  const other = numberOf(record, value === 'source' ? 'src_port' : 'dst_port');
  return `by the ports: ${portInWords(record, port)} is likelier a server's than ${other} (RFC 6335 section 6)`;
}
