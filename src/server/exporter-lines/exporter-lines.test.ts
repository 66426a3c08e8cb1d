import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exporterLines } from './exporter-lines.ts';

const page = readFileSync(new URL('../../../docs/how-to/point-a-router.md', import.meta.url), 'utf8');
/** Steps stand in the text of the page, with marks of Markdown and breaks of its lines. */
const words = page.replace(/[*`]/g, '').replace(/\s+/g, ' ');
const DOORS = { netflow: 2055, ipfix: 4739, sflow: 6343 };

describe('lines for exporters', () => {
  const ways = exporterLines('192.0.2.10', DOORS).flatMap(({ id, ways: all }) => all.map((way) => ({ id, ...way })));

  it.each(ways)('$id, $title: as in the documentation', ({ text, isSteps }) => {
    if (isSteps) expect(words).toContain(text.replace(/^.*?: /, '').replace(/\.$/, ''));
    else expect(page).toContain(`\n${text}\n`);
  });

  it('are of every exporter that the page is asked for', () => {
    const ids = exporterLines('192.0.2.10', DOORS).map(({ id }) => id);
    const asked = ['ios-xe', 'nx-os', 'juniper', 'arista', 'mikrotik', 'pfsense', 'opnsense', 'vyos', 'softflowd'];
    expect(new Set(ids)).toEqual(new Set([...asked, 'open-vswitch']));
  });

  it('have the address and the ports of this node, and no others', () => {
    const text = JSON.stringify(exporterLines('198.51.100.7', { netflow: 9995, ipfix: 9996, sflow: 9997 }));
    expect(text).not.toMatch(/192\.0\.2\.10\b|\b2055\b|\b4739\b|\b6343\b/);
    for (const { text: way } of exporterLines('198.51.100.7', DOORS).flatMap((g) => g.ways))
      expect(way).toContain('198.51.100.7');
  });

  it('use a port that is open, and put an IPv6 address into brackets before a port', () => {
    const [softflowd] = exporterLines('2001:db8::1', { sflow: 7000 }).filter(({ id }) => id === 'softflowd');
    expect(softflowd!.ways[0]!.text).toContain('-n [2001:db8::1]:7000');
    expect(exporterLines('192.0.2.10', {})).toEqual([]);
  });
});
