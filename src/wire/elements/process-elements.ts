/**
 * The elements by which software on end systems names the process, the user and the host of a flow: facts only, what becomes
 * of them is decided where records are decoded.
 *
 * Sources: [nvz] Cisco's nvzFlow as read by ElastiFlow and Kentik, and the capture in Observable Networks' tests, whose
 * template and values agree with them (12340 "svchost.exe", 12342 "services.exe", 12338 "NT AUTHORITY\NETWORK SERVICE",
 * 350 "STATION-102010"). [ntop] nProbe's guide, chapter "Agent Mode support in nProbe" for the v9 numbers, and its list of
 * flow information elements for the rule IPFIX number = v9 number - 57472. [efl] ElastiFlow's definitions alone.
 */
import { CISCO_PEN, NTOP_PEN } from './enterprises.ts';

export type ProcessFact =
  | 'process'
  | 'pid'
  | 'executable'
  | 'command'
  | 'package'
  | 'container'
  | 'user'
  | 'uid'
  | 'parent'
  | 'parent_pid'
  | 'parent_executable'
  | 'parent_user'
  | 'parent_uid'
  | 'host'
  | 'host_id';

export interface ProcessElement {
  readonly fact: ProcessFact;
  /** Whose: `own` is the end system that exports (either end of the flow), the others an end by address. */
  readonly side: 'own' | 'source' | 'destination';
  readonly pen: number;
  readonly id: number;
  /** The type of the same element in NetFlow v9. */
  readonly netflow9: number;
}

const ZIFTEN_PEN = 44619;

/** Cisco's v9 numbers have bit 15 set (ElastiFlow lists 45100-45131 for 12332-12363). */
function cisco(fact: ProcessFact, side: ProcessElement['side'], id: number): ProcessElement {
  return { fact, side, pen: CISCO_PEN, id, netflow9: id + 0x8000 };
}

function ntop(fact: ProcessFact, side: ProcessElement['side'], netflow9: number): ProcessElement {
  return { fact, side, pen: NTOP_PEN, id: netflow9 - 57_472, netflow9 };
}

/** Ziften sends IPFIX alone: the v9 type 0 matches nothing. */
function ziften(fact: ProcessFact, id: number): ProcessElement {
  return { fact, side: 'own', pen: ZIFTEN_PEN, id, netflow9: 0 };
}

/** Secure Client's NVM. The host's name comes in another record, joined by the device id of 12332. */
export const NVZFLOW_ELEMENTS: readonly ProcessElement[] = [
  cisco('host_id', 'own', 12332), // [nvz] nvzFlowUDID, 20 octets
  { fact: 'host', side: 'own', pen: 0, id: 350, netflow9: 350 }, // [nvz] virtualStationName, in the endpoint record
  cisco('process', 'own', 12340), // [nvz] nvzFlowProcessName
  cisco('user', 'own', 12338), // [nvz] nvzFlowProcessAccount, DOMAIN\name
  cisco('parent', 'own', 12342), // [nvz] nvzFlowParentProcessName
  cisco('parent_user', 'own', 12339), // [nvz] nvzFlowParentProcessAccount
  cisco('host', 'destination', 12345), // [nvz] nvzFlowDestinationHostname, "Unknown" where it is not known
];

/** The user who sits at the device, who is not always the process's account: [nvz] nvzFlowLoggedInUser. */
export const NVZFLOW_LOGGED_IN_USER = cisco('user', 'own', 12333);
/** Names and hashes of the modules loaded: basicLists of 12348 (text) and 12350 (32 octets). [nvz] */
export const NVZFLOW_MODULE_NAMES = cisco('executable', 'own', 12352);

/** [efl] Cisco's endpoint elements, seen where a flow collector relays nvzFlow. */
export const CISCO_ENDPOINT_ELEMENTS: readonly ProcessElement[] = [
  cisco('user', 'own', 29844),
  cisco('process', 'own', 29845),
  cisco('parent_user', 'own', 29847),
  cisco('parent', 'own', 29848),
];

/** [ntop] nProbe in agent mode. */
export const NTOP_PROCESS_ELEMENTS: readonly ProcessElement[] = [
  ntop('pid', 'source', 57_640), // SRC_PROC_PID
  ntop('process', 'source', 57_641), // SRC_PROC_NAME
  ntop('uid', 'source', 57_897), // SRC_PROC_UID
  ntop('user', 'source', 57_844), // SRC_PROC_USER_NAME
  ntop('package', 'source', 58_012), // SRC_PROC_PKG_NAME
  ntop('command', 'source', 58_028), // SRC_PROC_CMDLINE
  ntop('container', 'source', 58_030), // SRC_PROC_CONTAINER_ID
  ntop('parent_pid', 'source', 57_845), // SRC_FATHER_PROC_PID
  ntop('parent', 'source', 57_846), // SRC_FATHER_PROC_NAME
  ntop('parent_uid', 'source', 58_036), // SRC_FATHER_PROC_UID
  ntop('parent_user', 'source', 58_037), // SRC_FATHER_PROC_USER_NAME
  ntop('host', 'source', 57_963), // SRC_HOST_NAME
  ntop('pid', 'destination', 57_847), // DST_PROC_PID
  ntop('process', 'destination', 57_848), // DST_PROC_NAME
  ntop('uid', 'destination', 57_898), // DST_PROC_UID
  ntop('user', 'destination', 57_849), // DST_PROC_USER_NAME
  ntop('package', 'destination', 58_013), // DST_PROC_PKG_NAME
  ntop('command', 'destination', 58_029), // DST_PROC_CMDLINE
  ntop('container', 'destination', 58_031), // DST_PROC_CONTAINER_ID
  ntop('parent_pid', 'destination', 57_850), // DST_FATHER_PROC_PID
  ntop('parent', 'destination', 57_851), // DST_FATHER_PROC_NAME
  ntop('parent_uid', 'destination', 58_039), // DST_FATHER_PROC_UID
  ntop('parent_user', 'destination', 58_040), // DST_FATHER_PROC_USER_NAME
  ntop('host', 'destination', 57_964), // DST_HOST_NAME
];

/** [efl] Ziften's agent. */
export const ZIFTEN_ELEMENTS: readonly ProcessElement[] = [
  ziften('pid', 258),
  ziften('parent_pid', 259),
  ziften('executable', 261),
  ziften('process', 263),
  ziften('host', 267),
  ziften('parent_executable', 297),
  ziften('command', 301),
];
