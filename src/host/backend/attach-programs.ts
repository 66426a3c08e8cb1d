import { asWeirError } from '../../base/index.ts';
import { BpfObject } from '../../system/index.ts';
import { PROGRAM_FILES, type ProgramFile, readPrograms } from './bpf-programs.ts';

export interface ProgramOptions {
  /** Flows, and owners of sockets, that the kernel keeps at most. */
  readonly entries?: number;
  /** Whether to learn names of servers, from the first bytes of payload: answers of DNS, ClientHello of TLS and QUIC. */
  readonly names?: boolean;
}

/** Attached before those that count: the first packet that is counted has an owner. */
const SOCKET_PROGRAMS = [
  'own_create',
  'own_connect4',
  'own_connect6',
  'own_send4',
  'own_send6',
  'own_receive4',
  'own_receive6',
  'own_release',
];

const COUNT_PROGRAMS = ['count_egress', 'count_ingress'];
const NAME_PROGRAMS = ['name_egress', 'name_ingress'];
const NAME_MAPS = [
  ['names', null],
  ['name_place', null],
  ['names_lost', null],
] as const;

/** Programs on a cgroup, those for this kernel. What is less without the ones that it does not take is added to `notes`. */
export function attachPrograms(options: ProgramOptions, cgroup: number, notes: string[]): BpfObject {
  const [usual, older] = PROGRAM_FILES;
  try {
    return attachFile(usual, options, cgroup, notes);
  } catch (error) {
    // The kernel before 5.11 does not know the coarse clock. Where it is something else, the other object fails alike.
    if (asWeirError(error).code !== 'system') throw error;
    try {
      return attachFile(older, options, cgroup, notes);
    } catch {
      throw error;
    }
  }
}

function attachFile(file: ProgramFile, { entries, names }: ProgramOptions, cgroup: number, notes: string[]): BpfObject {
  const maps = new Map([
    ['flows', entries ?? null],
    ['owners', entries ?? null],
    ['totals', null],
    ['mtus', null],
    ['failures', null],
    ...(names ? NAME_MAPS : []),
  ]);
  const object = new BpfObject(readPrograms(file), { maps, cgroup });
  try {
    for (const name of SOCKET_PROGRAMS) object.attach(name);
    for (const name of names ? NAME_PROGRAMS : COUNT_PROGRAMS) object.attach(name);
  } catch (error) {
    object.close();
    throw error;
  }
  const io = object.tryAttach('own_sent') ?? object.tryAttach('own_received');
  if (io)
    notes.push(
      `without tracepoints of sockets (${io.message}): who serves an accepted connection is known when it is closed`,
    );
  if (object.tryAttach('own_accept2') && object.tryAttach('own_accept4') && io)
    notes.push('without accept: until then it is who listened');
  return object;
}
