/**
 * flow: what a flow is: the column table, batches, dictionaries, addresses, well-known numbers.
 * In: nothing. Out: the words that every other room speaks. Must not read files or sockets, and must not know SQL engines.
 */
export {
  type AddressWords,
  bitsOf,
  formatAddress,
  formatIPv4,
  isMappedIPv4,
  maskAddress,
  type Prefix,
  parseAddress,
  parsePrefix,
  wordsOf,
} from './address.ts';
export {
  allColumnNames,
  type ColumnArray,
  FlowBatch,
  type FlowBatchHandle,
  fillUnknown,
  getBig,
  getWide,
  setWide,
} from './batch.ts';
export type { Column, ColumnName, ColumnType } from './columns.ts';
export { Dictionary, OVERFLOW_TEXT } from './dictionary.ts';
export { protocolName, protocolNames, protocolNumber } from './protocols.ts';
export { addressAt, cellOf, displayNumber, isUnknownAddress, type JsonValue, jsonInteger } from './record.ts';
export {
  addressWords,
  columnOf,
  columns,
  fillOf,
  findColumn,
  type PhysicalColumn,
  physicalColumns,
  physicalOf,
  sqlTypeOf,
  WORD_BYTES,
  type Word,
} from './schema.ts';
export { formatTcpFlags, parseTcpFlags } from './tcp-flags.ts';
