/**
 * What a row of history says beside its cube, its bucket and its keys. Sums are whole numbers below 2^53 in each row. Names are those of files, of relations and
 * of SQL.
 */
export const SUM_COLUMNS = [
  'records',
  'flows', // records that are not `continued`, or what those stand for where whole flows or records were sampled
  'unsure', // records of which nobody knows whether they continue a flow
  'bytes', // scaled by sampling
  'packets',
  'raw_bytes',
  'raw_packets',
  'sampled_bytes', // scaled bytes of records with a rate above 1
  'unknown_bytes', // scaled bytes of records without a known rate
] as const;

/** Doubles that are added up: the variance that sampling leaves (truth/sampling-error.ts). */
export const VARIANCE_COLUMNS = ['var_bytes', 'var_packets'] as const;

/** Of the records behind a row. `origins` has bit 2^code for each `sampling_origin` that occurs. */
export const RANGE_COLUMNS = ['min_rate', 'max_rate', 'origins'] as const;

/** Largest sum of one minute in the bucket, for levels above 1 min; NULL in rows of a minute and of single records, and in `rest` rows. */
export const PEAK_COLUMNS = ['peak_bytes', 'peak_packets', 'peak_flows'] as const;

/**
 * The error bound of a cube that had to leave keys out. In `rest` rows `floor_x`: a key that has no row in the bucket may have had up to this much of it.
 * In rows of keys `known_x`: how much of that floor does not apply to this key. So a key misses at most sum(floor) - sum(known) over any set of buckets.
 */
export const FLOOR_COLUMNS = ['floor_bytes', 'floor_packets', 'floor_flows'] as const;
export const KNOWN_COLUMNS = ['known_bytes', 'known_packets', 'known_flows'] as const;
