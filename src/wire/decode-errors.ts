/**
 * Every cause for which bytes from an exporter could not be read, or not wholly. Closed: counters and the ledger are named
 * after it. `truncated` and `trailing_bytes` keep the records that are there; `truncated_by_socket` is told by the receiver.
 */
export const DECODE_ERRORS = [
  'too_short', // fewer bytes than the header has
  'unsupported_version', // not an export format that is read here
  'bad_count', // the header announces no record, or more than any datagram holds
  'truncated', // the header announces more records than the bytes hold
  'trailing_bytes', // bytes after the last announced record
  'bad_length', // lengths inside the datagram contradict each other
  'bad_template', // a template that no record can follow: no field, no length, or more than the bounds allow
  'too_many_templates', // more templates of one exporter than are kept
  'no_template', // data that was given up, because its template did not come
  'bad_record', // a record that runs over the end of its set
  'too_many_records', // more records than one datagram is allowed
  'bad_sample', // an sFlow sample that cannot be read
  'truncated_by_socket', // the datagram was longer than the slot that received it
] as const;

export type DecodeError = (typeof DECODE_ERRORS)[number];
