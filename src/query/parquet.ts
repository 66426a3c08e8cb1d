import { type Column, physicalOf } from '../flow/index.ts';
import { addressText } from './address-text.ts';
import type { RecordField } from './record.ts';
import { list, name, type Sql, sql, text } from './sql.ts';
import { DURATION_TERM } from './sums.ts';

/**
 * The columns of an exported Parquet file, for any tool that reads one: addresses as text (VARCHAR), times as TIMESTAMP (UTC),
 * enumerations by name, unknown values NULL. `bytes` and `packets` are UBIGINT and NULL where a scaled value does not fit
 * (Parquet has no 128-bit integer); `raw_bytes`, `raw_packets` and `sampling` are always exact.
 */
export function parquetColumns(fields: readonly RecordField[]): Sql {
  return list(fields.map((f) => sql`${valueSql(f)} AS ${name(f.column.name)}`));
}

function valueSql({ column: { name: field }, stored }: RecordField): Sql {
  if (stored) return storedSql(stored);
  if (field === 'duration') return sql`CAST(${DURATION_TERM} AS UBIGINT)`;
  const raw = name(field === 'bytes' ? 'raw_bytes' : 'raw_packets');
  return sql`TRY_CAST(CAST(${raw} AS HUGEINT) * "sampling" AS UBIGINT)`;
}

/** As `displayNumber` of src/flow shows it. */
function macText(word: Sql): Sql {
  const pairs = sql`regexp_replace(lower(lpad(to_hex(${word}), 12, '0')), '(..)', ${text('\\1:')}, 'g')`;
  return sql`CASE WHEN ${word} = 0 THEN NULL ELSE rtrim(${pairs}, ':') END`;
}

function storedSql(column: Column): Sql {
  const [first, second] = physicalOf(column);
  const word = name(first!.name);
  switch (column.type) {
    case 'address':
      return addressText(first!.name, second!.name);
    case 'time':
      return sql`epoch_ms(${word})`;
    case 'text':
      return sql`nullif(CAST(${word} AS VARCHAR), '')`;
    case 'enum': {
      const names = (column.values ?? []).map((v, i) => {
        return i === column.unknown ? sql`WHEN ${i} THEN NULL` : sql`WHEN ${i} THEN ${text(v)}`;
      });
      return sql`CASE ${word} ${list(names, ' ')} ELSE CAST(${word} AS VARCHAR) END`;
    }
    default:
      if (column.names === 'mac') return macText(word);
      return typeof column.unknown === 'number' ? sql`nullif(${word}, ${column.unknown})` : word;
  }
}
