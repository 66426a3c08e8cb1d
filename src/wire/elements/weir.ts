/**
 * What Weir's meters say that IANA has no element for; codes (`ipsec`, `continued`, `outcome`, `ownerSource`, `duplicate` and from 34 on) are those of the columns. 5 to
 * 11 stand in options. 16 to 32: what an end system knows of its own flows.
 */
export const WEIR_ELEMENT = {
  tunnel: 1,
  ipsec: 2,
  continued: 3,
  flowSampled: 4,
  openPackets: 5,
  unsureCopies: 6,
  removedRecords: 7,
  removedOctets: 8,
  removedPackets: 9,
  payloadOnlyTime: 10,
  uncountedTime: 11,
  host: 16,
  processName: 17,
  executable: 18,
  parentName: 19,
  processId: 20,
  app: 21,
  container: 22,
  virtualMachine: 23,
  roundTripTime: 24,
  setupTime: 25,
  outcome: 26,
  retransmits: 27,
  ownerSource: 28,
  duplicate: 29,
  payloadOctets: 30,
  serverName: 31,
  responseTime: 32,
  application: 33,
  applicationEvidence: 34,
  security: 35,
  serverNameSource: 36,
  clientSide: 37,
} as const;

export const WEIR = `
${WEIR_ELEMENT.tunnel} tunnel text
${WEIR_ELEMENT.ipsec} ipsec u8 identifier
${WEIR_ELEMENT.continued} continued u8 identifier
${WEIR_ELEMENT.flowSampled} flowSampled u8 identifier
${WEIR_ELEMENT.openPackets} openPackets u64 quantity packets
${WEIR_ELEMENT.unsureCopies} unsureCopies u64 totalCounter
${WEIR_ELEMENT.removedRecords} removedRecords u64 totalCounter
${WEIR_ELEMENT.removedOctets} removedOctets u64 totalCounter
${WEIR_ELEMENT.removedPackets} removedPackets u64 totalCounter
${WEIR_ELEMENT.payloadOnlyTime} payloadOnlyMilliseconds u64 totalCounter
${WEIR_ELEMENT.uncountedTime} uncountedMilliseconds u64 totalCounter
${WEIR_ELEMENT.host} host text
${WEIR_ELEMENT.processName} processName text
${WEIR_ELEMENT.executable} executable text
${WEIR_ELEMENT.parentName} parentName text
${WEIR_ELEMENT.processId} processId u32 identifier
${WEIR_ELEMENT.app} app text
${WEIR_ELEMENT.container} container text
${WEIR_ELEMENT.virtualMachine} virtualMachine text
${WEIR_ELEMENT.roundTripTime} roundTripTimeMicroseconds u32
${WEIR_ELEMENT.setupTime} setupTimeMicroseconds u32
${WEIR_ELEMENT.outcome} outcome u8 identifier
${WEIR_ELEMENT.retransmits} retransmits u32
${WEIR_ELEMENT.ownerSource} ownerSource u8 identifier
${WEIR_ELEMENT.duplicate} duplicate u8 identifier
${WEIR_ELEMENT.payloadOctets} payloadOctets u64
${WEIR_ELEMENT.serverName} serverName text
${WEIR_ELEMENT.responseTime} responseTimeMicroseconds u32
${WEIR_ELEMENT.application} application text
${WEIR_ELEMENT.applicationEvidence} applicationEvidence u8 identifier
${WEIR_ELEMENT.security} security u8 identifier
${WEIR_ELEMENT.serverNameSource} serverNameSource u8 identifier
${WEIR_ELEMENT.clientSide} clientSide u8 identifier
`;
