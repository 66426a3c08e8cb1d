/**
 * A status object with the names that JSON has everywhere in the API: `rowsAtRest` as `rows_at_rest`. Only names are changed; names that
 * are no single lower-case word followed by capitals (counters, addresses) stay as they are.
 */
export function jsonNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(jsonNames);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, v]) => [jsonName(name), jsonNames(v)]));
}

function jsonName(name: string): string {
  return /^[a-z]+([A-Z][a-z0-9]*)+$/.test(name) ? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : name;
}
