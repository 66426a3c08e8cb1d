/** RFC 1035 section 2.3.4, without the dot at the end. */
const MOST_CHARACTERS = 253;

/** A name as it is kept: in small letters, without the dot of the root. Null for what cannot be the name of a host (RFC 1123; `_` is seen as well). */
export function hostName(text: string): string | null {
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  if (name.length > MOST_CHARACTERS || !/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i.test(name)) return null;
  return name.toLowerCase();
}
