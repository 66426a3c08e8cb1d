/** A line of InfluxDB's line protocol, version 1: measurement, tags, fields, time. */
export interface Line {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Text without its quotes; unsigned integers (`5u`) as numbers. */
  readonly fields: Readonly<Record<string, string | number>>;
}

export function parseLines(text: string): Line[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map(parseLine);
}

function parseLine(line: string): Line {
  const [head, body] = split(line, ' ');
  const [measurement, ...tags] = split(head!, ',');
  return {
    measurement: measurement!,
    tags: Object.fromEntries(tags.map((tag) => pair(tag))),
    fields: Object.fromEntries(split(body!, ',').map((field) => readField(field))),
  };
}

/** Splits at a character that stands outside of quotes. No backslash occurs in the files read here. */
function split(text: string, at: string): string[] {
  const parts: string[] = [];
  let quoted = false;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') quoted = !quoted;
    if (quoted || text[i] !== at) continue;
    parts.push(text.slice(from, i));
    from = i + 1;
  }
  return [...parts, text.slice(from)];
}

function pair(text: string): [string, string] {
  const at = text.indexOf('=');
  return [text.slice(0, at), text.slice(at + 1)];
}

function readField(text: string): [string, string | number] {
  const [name, value] = pair(text);
  if (value.startsWith('"')) return [name, value.slice(1, -1)];
  return [name, Number(value.replace(/[ui]$/, ''))];
}
