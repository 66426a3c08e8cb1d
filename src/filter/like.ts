/** `%` that a pattern may have: each one multiplies the work of a match in the database. */
export const MAX_WILDCARDS = 8;

/**
 * SQL's LIKE over characters (code points): `%` is any text, `_` one character, and nothing escapes them. Only the last `%`
 * is ever tried again, so that no pattern can cost more than its length times the text's.
 */
export function likeMatcher(pattern: string): (text: string) => boolean {
  const wanted = [...pattern];
  return (text) => {
    const given = [...text];
    let p = 0;
    let star = -1;
    let from = 0;
    for (let t = 0; t < given.length; ) {
      if (wanted[p] === '%') {
        star = p++;
        from = t;
      } else if (p < wanted.length && (wanted[p] === '_' || wanted[p] === given[t])) {
        p++;
        t++;
      } else if (star >= 0) {
        p = star + 1;
        t = ++from;
      } else return false;
    }
    while (wanted[p] === '%') p++;
    return p === wanted.length;
  };
}
