import { CERT } from './cert.ts';
import { CESNET } from './cesnet.ts';
import { CISCO } from './cisco.ts';
import { CITRIX } from './citrix.ts';
import { FLOWMON } from './flowmon.ts';
import { GIGAMON } from './gigamon.ts';
import { IANA_1_239 } from './iana-1-239.ts';
import { IANA_240_399 } from './iana-240-399.ts';
import { IANA_400_533 } from './iana-400-533.ts';
import { IXIA } from './ixia.ts';
import { MASARYK } from './masaryk.ts';
import { NETFLOW9_ONLY } from './netflow9-only.ts';
import { NTOP_78_289 } from './ntop-78-289.ts';
import { NTOP_290_1037 } from './ntop-290-1037.ts';
import {
  BARRACUDA,
  ERICSSON,
  HUAWEI,
  JUNIPER,
  NOKIA,
  PALO_ALTO,
  RIVERBED,
  SOPHOS,
  VIPTELA,
  ZIFTEN,
} from './small-enterprises.ts';
import { SONICWALL } from './sonicwall.ts';
import { VMWARE } from './vmware.ts';
import { WEIR } from './weir.ts';

/** An enterprise whose elements are known. */
export interface Enterprise {
  readonly pen: number;
  /** What stands before the colon of an element's qualified name: `cisco:nvzFlowProcessName`. */
  readonly prefix: string;
  readonly title: string;
  readonly tables: readonly string[];
}

export const IANA_PEN = 0;
export const CISCO_PEN = 9;
export const ERICSSON_PEN = 2352;
export const CERT_PEN = 6871;
export const RIVERBED_PEN = 17163;
export const PALO_ALTO_PEN = 25461;
/** RFC 5103 section 6.1: IANA's elements, measured in the opposite direction. */
export const REVERSE_PEN = 29305;
/** RFC 5612 gives this number to documentation. Weir has none of its own yet: when it has, this line changes. */
export const WEIR_PEN = 32473;
export const NTOP_PEN = 35632;

/** Not a real enterprise: NetFlow v9 types that vendors took, whose enterprise does not say them in IPFIX. */
export const NETFLOW9_PEN = 0xffff_ffff;

export const ENTERPRISES: readonly Enterprise[] = [
  { pen: IANA_PEN, prefix: 'iana', title: 'IANA', tables: [IANA_1_239, IANA_240_399, IANA_400_533] },
  { pen: CISCO_PEN, prefix: 'cisco', title: 'Cisco, with nvzFlow of Secure Client', tables: [CISCO] },
  { pen: 637, prefix: 'nokia', title: 'Nokia (Alcatel-Lucent)', tables: [NOKIA] },
  { pen: 2011, prefix: 'huawei', title: 'Huawei', tables: [HUAWEI] },
  { pen: ERICSSON_PEN, prefix: 'ericsson', title: 'Ericsson (Redback)', tables: [ERICSSON] },
  { pen: 2636, prefix: 'juniper', title: 'Juniper', tables: [JUNIPER] },
  { pen: 3054, prefix: 'ixia', title: 'Ixia (Keysight)', tables: [IXIA] },
  { pen: 5951, prefix: 'citrix', title: 'Citrix NetScaler', tables: [CITRIX] },
  { pen: CERT_PEN, prefix: 'cert', title: 'CERT (YAF)', tables: [CERT] },
  { pen: 6876, prefix: 'vmware', title: 'VMware', tables: [VMWARE] },
  { pen: 8057, prefix: 'cesnet', title: 'CESNET', tables: [CESNET] },
  { pen: 8741, prefix: 'sonicwall', title: 'SonicWall', tables: [SONICWALL] },
  { pen: 9789, prefix: 'sophos', title: 'Sophos', tables: [SOPHOS] },
  { pen: 10704, prefix: 'barracuda', title: 'Barracuda', tables: [BARRACUDA] },
  {
    pen: 12326,
    prefix: 'barracuda12326',
    title: 'Barracuda, under the number that it sends by mistake',
    tables: [BARRACUDA],
  },
  { pen: 16982, prefix: 'masaryk', title: 'Masaryk University', tables: [MASARYK] },
  { pen: RIVERBED_PEN, prefix: 'riverbed', title: 'Riverbed SteelHead', tables: [RIVERBED] },
  { pen: PALO_ALTO_PEN, prefix: 'paloalto', title: 'Palo Alto Networks', tables: [PALO_ALTO] },
  { pen: 26866, prefix: 'gigamon', title: 'Gigamon', tables: [GIGAMON] },
  { pen: WEIR_PEN, prefix: 'weir', title: 'Weir, under the number for documentation', tables: [WEIR] },
  { pen: NTOP_PEN, prefix: 'ntop', title: 'ntop nProbe', tables: [NTOP_78_289, NTOP_290_1037] },
  { pen: 39499, prefix: 'flowmon', title: 'Flowmon', tables: [FLOWMON] },
  { pen: 41916, prefix: 'viptela', title: 'Cisco SD-WAN (Viptela)', tables: [VIPTELA] },
  { pen: 44619, prefix: 'ziften', title: 'Ziften', tables: [ZIFTEN] },
  { pen: NETFLOW9_PEN, prefix: 'netflow9', title: 'NetFlow v9 types without an enterprise', tables: [NETFLOW9_ONLY] },
];
