import type { ColumnName } from '../../flow/index.ts';

/**
 * How the bytes of a field become the value of a column. `number`: the low bytes of an unsigned integer of any length. `address`: by its
 * length, 4 or 16 bytes. `decimal`: a number as text. `label`: the top 20 bits of a label stack entry. `code`: the codes are those
 * of the column. `initiator` and `client`: which end it was, and the same for the row of the opposite direction. The others need a table or names.
 */
export type Reading =
  | 'number'
  | 'float'
  | 'address'
  | 'text'
  | 'decimal'
  | 'label'
  | 'direction'
  | 'code'
  | 'initiator'
  | 'initiator_reversed'
  | 'client'
  | 'client_reversed'
  | 'dscp'
  | 'vrf'
  | 'application'
  | 'avc_text';

/** One element that fills a column. */
export interface ElementColumn {
  readonly pen: number;
  readonly id: number;
  readonly column: ColumnName;
  readonly reading: Reading;
  /** Of the elements of one column in a template, the lowest is taken. */
  readonly rank: number;
  /** Belongs to the row of the opposite direction, as responder counters do. */
  readonly reverse?: true;
  /** For `raw_bytes`: what the octets count. */
  readonly layer?: 'ip' | 'frame' | 'payload';
}
