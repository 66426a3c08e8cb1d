import { type ApplicationName, applicationNumber } from '../../flow/index.ts';
import type { Payload } from './payload.ts';
import { littleLongAt, standsAt } from './payload-bytes.ts';

/** Interfaces that say who is used, by UUID: [MS-DRSR], [MS-SAMR], [MS-LSAD], [MS-NRPC], [MS-OXCRPC], [MS-OXNSPI], [MS-RPRN], [MS-WMI], C706. */
const INTERFACES: Readonly<Record<string, ApplicationName>> = {
  'e1af8308-5d1f-11c9-91a4-08002b14a0fa': 'epmap',
  'e3514235-4b06-11d1-ab04-00c04fc2dcd2': 'active-directory',
  '12345778-1234-abcd-ef00-0123456789ac': 'active-directory',
  '12345778-1234-abcd-ef00-0123456789ab': 'active-directory',
  '12345678-1234-abcd-ef00-01234567cffb': 'active-directory',
  '3919286a-b10c-11d0-9ba8-00c04fd92ef5': 'active-directory',
  'a4f1db00-ca47-1067-b31f-00dd010662da': 'mapi',
  '5261574a-4572-206e-b268-6b199213b4e4': 'mapi',
  'f5cc5a18-4264-101a-8c59-08002b2f8426': 'mapi',
  '1544f5e0-613c-11d1-93df-00c04fd7bd09': 'mapi',
  '12345678-1234-abcd-ef00-0123456789ab': 'spoolss',
  '76f03f96-cdfd-44fc-a22c-64950a001209': 'spoolss',
  'f309ad18-d86a-11d0-a075-00c04fb68820': 'wmi',
  '9556dc99-828c-11cf-a37e-00aa003240c7': 'wmi',
  '027947e1-d731-11ce-a357-000000000001': 'wmi',
  'd4781cd6-e5d3-44df-ad94-930efe48a887': 'wmi',
  '1c1c45ee-4395-11d2-b60b-00104b703efd': 'wmi',
  '423ec01e-2e35-11d2-b604-00104b703efd': 'wmi',
  'dea00001-6c97-11d1-8271-00a02442df7d': 'profinet',
  'dea00002-6c97-11d1-8271-00a02442df7d': 'profinet',
};

const LITTLE = Object.keys(INTERFACES).map((uuid) => wireOrder(uuid, true));
const BIG = Object.keys(INTERFACES).map((uuid) => wireOrder(uuid, false));
const APPLICATIONS = Object.values(INTERFACES).map(applicationNumber);

/** The application of the interface whose UUID stands at `at`, in either order of bytes; 0 where it is none of them. */
export function applicationOfInterface(payload: Payload, at: number): number {
  if (littleLongAt(payload, at) < 0) return 0;
  for (let i = 0; i < APPLICATIONS.length; i++)
    if (standsAt(payload, at, LITTLE[i]!) || standsAt(payload, at, BIG[i]!)) return APPLICATIONS[i]!;
  return 0;
}

/** C706 appendix A: the first three fields are integers, the others bytes. */
function wireOrder(uuid: string, little: boolean): Uint8Array {
  const bytes = Uint8Array.from(Buffer.from(uuid.replaceAll('-', ''), 'hex'));
  if (!little) return bytes;
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}
