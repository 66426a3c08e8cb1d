import { list, name, type Sql, sql, text } from './sql.ts';

/**
 * An address as text, computed in SQL the way src/flow's `formatAddress` does it: dotted for IPv4, RFC 5952 for IPv6, NULL
 * where it is not known. For files that other tools read; answers get their text from `formatAddress`.
 */
export function addressText(high: string, low: string): Sql {
  const hi = name(high);
  const lo = name(low);
  return sql`CASE WHEN ${hi} = 0 AND (${lo} >> 32) = 65535 THEN ${dotted(lo)}
    WHEN ${hi} = 0 AND ${lo} = 0 THEN NULL ELSE ${shortened(groups(hi, lo))} END`;
}

function dotted(lo: Sql): Sql {
  const byte = (shift: number) => sql`CAST((${lo} >> ${shift}) & 255 AS VARCHAR)`;
  return list([byte(24), text('.'), byte(16), text('.'), byte(8), text('.'), byte(0)], ' || ');
}

/** Eight groups of hexadecimal digits without leading zeros. */
function groups(hi: Sql, lo: Sql): Sql {
  const of = (word: Sql) => [48, 32, 16, 0].map((shift) => sql`to_hex((${word} >> ${shift}) & 65535)`);
  return sql`lower(concat_ws(':', ${list([...of(hi), ...of(lo)])}))`;
}

/** The longest run of two or more zero groups, the first of equals, becomes `::` (RFC 5952, sections 4.2.2 and 4.2.3). */
function shortened(full: Sql): Sql {
  const runs = [8, 7, 6, 5, 4, 3, 2].map((length) => {
    const pattern = text(`(^|:)0(:0){${length - 1}}(:|$)`);
    return sql`WHEN regexp_matches(${full}, ${pattern}) THEN regexp_replace(${full}, ${pattern}, '::')`;
  });
  return sql`CASE ${list(runs, ' ')} ELSE ${full} END`;
}
