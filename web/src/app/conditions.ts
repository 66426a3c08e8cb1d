/** That `column` is `value`, in the filter language. A dimension that is cut to a prefix (`src_addr/24`) is the column itself: its values are prefixes. */
export function conditionOf(column: string, value: string | number): string {
  return `${column.replace(/\/.*$/, '')} = ${written(value)}`;
}

/** That it is anything but that. */
export function allBut(column: string, value: string | number): string {
  return `not (${conditionOf(column, value)})`;
}

/** That an address has to do with it, at whichever end. */
export function ofHost(address: string): string {
  return `ip ${written(address)}`;
}

/** Numbers, addresses and prefixes: no word of the language begins so. */
const NUMERIC = /^(\d[\d.]*|[\d.]+\/\d+|[\da-f]{0,4}(:[\da-f.]*)+(\/\d+)?)$/i;

/**
 * A value as a filter has it (src/filter/flow-filter.grammar, Word and Text). Texts stand in quotes even where the grammar would read them without: a word that names a
 * field is that field.
 */
export function written(value: string | number): string {
  const text = String(value);
  return NUMERIC.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
}

const OCTET = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = new RegExp(`^${OCTET}(\\.${OCTET}){3}$`);

/** IPv4 in four decimal numbers, or IPv6 as browsers know it. */
export function isAddress(text: string): boolean {
  return (
    IPV4.test(text) || (/^[\da-f:.]{2,45}$/i.test(text) && text.includes(':') && URL.canParse(`http://[${text}]/`))
  );
}
