import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findElement, findNetflow9Element } from './registry.ts';

/** CESNET's libfds keeps its own registry: what it names, we name alike. It is newer for none of IANA's elements. */
const folder = join(import.meta.dirname, '../../../../shared/fixtures/ipfix-registry/elements');

const TYPES: Readonly<Record<string, readonly [string, number]>> = {
  unsigned8: ['unsigned', 1],
  unsigned16: ['unsigned', 2],
  unsigned32: ['unsigned', 4],
  unsigned64: ['unsigned', 8],
  signed8: ['signed', 1],
  signed16: ['signed', 2],
  signed32: ['signed', 4],
  signed64: ['signed', 8],
  float32: ['float', 4],
  float64: ['float', 8],
  octetarray: ['octets', 0],
  ipv4address: ['ipv4', 4],
  ipv6address: ['ipv6', 16],
  macaddress: ['mac', 6],
  string: ['text', 0],
  boolean: ['boolean', 1],
  datetimeseconds: ['seconds', 4],
  datetimemilliseconds: ['milliseconds', 8],
  datetimemicroseconds: ['microseconds', 8],
  datetimenanoseconds: ['nanoseconds', 8],
  basiclist: ['basic_list', 0],
  subtemplatelist: ['template_list', 0],
  subtemplatemultilist: ['template_multi_list', 0],
};

/** The pseudo-enterprises by which libfds keeps NetFlow v9 types apart: below 32768 as they are, above without bit 15. */
const NETFLOW9_LOW = 4_294_967_294;
const NETFLOW9_HIGH = 4_294_967_295;

interface Listed {
  pen: number;
  id: number;
  name: string;
  type: string;
}

function listed(file: string): Listed[] {
  const xml = readFileSync(join(folder, file), 'utf8').replace(/<!--[\s\S]*?-->/g, '');
  const pen = Number(/<pen>(\d+)<\/pen>/.exec(xml)![1]);
  return [...xml.matchAll(/<element>([\s\S]*?)<\/element>/g)].map(([, body]) => {
    const field = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(body!)![1]!.trim();
    return { pen, id: Number(field('id')), name: field('name'), type: field('dataType').toLowerCase() };
  });
}

function ours({ pen, id }: Listed) {
  if (pen === NETFLOW9_LOW) return findNetflow9Element(id);
  if (pen === NETFLOW9_HIGH) return findNetflow9Element(id + 0x8000);
  return findElement(pen, id);
}

const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.xml')) : [];

describe.skipIf(files.length === 0)('the registry of libfds (../shared/fixtures)', () => {
  test.each(files)('%s: nothing is missing, names and types agree', (file) => {
    const elements = listed(file);
    expect(elements.length).toBeGreaterThan(5);
    const missing = elements.filter((e) => !ours(e)).map((e) => `${e.id} ${e.name}`);
    expect(missing).toEqual([]);
    const described = elements.map((e) => `${e.id} ${e.name} ${TYPES[e.type]}`);
    expect(elements.map((e) => `${e.id} ${ours(e)!.name} ${[ours(e)!.type, ours(e)!.bytes]}`)).toEqual(described);
  });
});
