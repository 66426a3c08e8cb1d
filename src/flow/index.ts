/**
 * flow: what a flow is: the column table, batches, dictionaries, addresses, well-known numbers.
 * In: nothing. Out: the words that every other room speaks. Must not read files or sockets, and must not know SQL engines.
 */
export {
  type AddressWords,
  bitsOf,
  formatAddress,
  formatPrefix,
  isInPrefix,
  isMappedIPv4,
  maskAddress,
  type Prefix,
  parseAddress,
  parsePrefix,
  wordsOf,
} from './address.ts';
export {
  APPLICATIONS,
  type Application,
  type ApplicationName,
  applicationName,
  applicationNumber,
  findApplication,
} from './applications.ts';
export {
  allColumnNames,
  type ColumnArray,
  FlowBatch,
  type FlowBatchHandle,
  getBig,
  getWide,
  type RowShape,
  rowShape,
  setWide,
} from './batch.ts';
export type { Column, ColumnName } from './columns.ts';
export { CRYPTO_PAN_KEY_BYTES, CryptoPan } from './crypto-pan.ts';
export { parseAnonymiseKey } from './crypto-pan-key.ts';
export type { Dictionary } from './dictionary.ts';
export { type FlowName, filterOfName, formatFlowName, nameOfRecord } from './flow-name.ts';
export { protocolName, protocolNames, protocolNumber } from './protocols.ts';
export { derivedKey, keyedDigest, kindOfNames, Pseudonyms } from './pseudonym.ts';
export { parseFlowName } from './read-flow-name.ts';
export { cellOf, displayNumber, isUnknownAddress, type JsonValue, jsonInteger } from './record.ts';
export {
  addressWords,
  columnOf,
  columns,
  enumCode,
  fillOf,
  findColumn,
  type PhysicalColumn,
  physicalColumns,
  physicalOf,
  physicalOfAll,
  sqlTypeOf,
  WORD_BYTES,
} from './schema.ts';
export { parseTcpFlags } from './tcp-flags.ts';
export { TextColumns } from './text-columns.ts';
export { findVirtualColumn, isNetwork, storedColumnsOf, VIRTUAL_COLUMNS, virtualColumns } from './virtual.ts';
