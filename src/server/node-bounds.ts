/** A row is in a segment after this time at the latest; it can be asked for at once, from memory. */
export const SEGMENT_AGE_MS = 300_000;
/** Of the DuckDB that writes segments. */
export const WRITER_MEMORY_BYTES = 512 * 1024 * 1024;
/** Rows in memory, in segments: one is written while the next fills. */
export const MEMORY_SEGMENTS = 2;
