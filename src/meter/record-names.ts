import { applicationName, columnOf } from '../flow/index.ts';
import type { RefilledFlow } from '../wire/index.ts';
import type { FlowColumns } from './flows.ts';

const EVIDENCE = columnOf('application_evidence').values!;
const SECURITY = columnOf('security').values!;
const CLIENT_SIDE = columnOf('client_side').values!;
const NAME_SOURCE = columnOf('server_name_source').values!;

/** Fills in a record what payload showed of the flow, or other conversations announced of it, and which end began. */
export function fillNames(record: RefilledFlow, flows: FlowColumns, slot: number): void {
  const application = flows.application[slot]!;
  record.application = application === 0 ? undefined : applicationName(application);
  record.application_evidence = application === 0 ? undefined : EVIDENCE[flows.evidence[slot]!]!;
  record.security = flows.security[slot] === 0 ? undefined : SECURITY[flows.security[slot]!]!;
  record.client_side = flows.clientSide[slot] === 0 ? undefined : CLIENT_SIDE[flows.clientSide[slot]!]!;
  const name = flows.serverName[slot]!;
  record.server_name = name === 0 ? undefined : flows.names[name]!;
  record.server_name_source = name === 0 ? undefined : NAME_SOURCE[flows.nameSource[slot]!]!;
}
