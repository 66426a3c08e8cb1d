import { describe, expect, it } from 'vitest';
import type { ReportColumn, ReportTable } from '../query/index.ts';
import { reportTable } from './report-tables.ts';

const column = (name: string, type: ReportColumn['type'] = 'integer'): ReportColumn => ({
  name,
  title: name,
  type,
  unit: null,
});
const T = Date.UTC(2026, 10, 21);

describe('tables of reports for people', () => {
  const columns = [column('exporter', 'address'), column('domain'), column('lost'), column('held'), column('errors')];
  const table = (held: number): ReportTable => ({
    title: 'Export streams',
    columns,
    rows: [
      ['192.0.2.1', 0, 0, 0, null],
      ['192.0.2.2', 7, 0, held, null],
    ],
  });

  it('leave out what no exporter has, and keep a loss of 0', () => {
    expect(reportTable('exporters', table(0), 100)[2]).toBe('exporter   domain  lost');
    expect(reportTable('exporters', table(3), 100)[2]).toBe('exporter   domain  lost  held');
    expect(reportTable('other', table(0), 100)[2]).toBe('exporter   domain  lost  held  errors');
  });

  it('have the total of all below the rows, in each part, where there is one', () => {
    const ports: ReportTable = {
      title: 'Service ports',
      columns: [
        { ...column('protocol'), title: 'protocol' },
        column('service_port'),
        column('packets'),
        column('flows'),
      ],
      rows: [[6, 443, 70_000, 10]],
    };
    const total = { packets: 123_456, flows: 12 };
    expect(reportTable('ports', ports, 100, total).slice(2)).toEqual([
      'protocol  service_port  packets  flows',
      '--------  ------------  -------  -----',
      'tcp                443   70,000     10',
      '--------  ------------  -------  -----',
      'total                   123,456     12',
      '',
    ]);
    const narrow = reportTable('ports', ports, 32, total);
    expect(narrow.filter((line) => line.startsWith('total'))).toEqual([
      expect.stringMatching(/123,456$/),
      expect.stringMatching(/12$/),
    ]);
    expect(reportTable('ports', ports, 100, { bytes: 1 })).not.toContain('total');
    expect(reportTable('ports', ports, 100)).toHaveLength(6);
  });

  it('show bytes a second and bytes with a prefix, and each column under its own title', () => {
    const records: ReportTable = {
      title: 'Records',
      columns: [
        { ...column('period'), title: 'period s' },
        { ...column('record', 'text'), title: 'record' },
        { ...column('disk_worst', 'number'), title: 'disk worst', unit: 'bytes/s' },
        { ...column('disk_mean', 'number'), title: 'mean', unit: 'bytes/s' },
        { ...column('week_mean'), title: 'mean', unit: 'bytes' },
      ],
      rows: [[300, 'NetFlow v5', 15_000, 0.5, 64_000]],
    };
    expect(reportTable('cost', records, 100).slice(2)).toEqual([
      'period s  record      disk worst      mean     mean',
      '--------  ----------  ----------  --------  -------',
      '     300  NetFlow v5   15.0 kB/s  0.50 B/s  64.0 kB',
      '',
    ]);
  });

  it('name each row in each part', () => {
    const pairs: ReportTable = {
      title: 'Pairs',
      columns: [column('a', 'address'), column('b', 'address'), column('bytes_a_to_b'), column('bytes_b_to_a')],
      rows: [
        ['10.0.0.1', '10.0.0.2', 1, 2],
        ['10.0.0.1', '10.0.0.3', 3, 4],
      ],
    };
    const lines = reportTable('pairs', pairs, 40);
    expect(lines.filter((l) => l.startsWith('10.0.0.1  10.0.0.3'))).toHaveLength(2);
    const interfaces: ReportTable = {
      title: 'Interfaces',
      columns: [column('exporter', 'address'), column('index'), column('name', 'text'), column('speed')],
      rows: [['192.0.2.1', 3, 'eth3', 1000]],
    };
    expect(reportTable('interfaces', interfaces, 24).filter((l) => /^192\.0\.2\.1 +3 /.test(l))).toHaveLength(2);
  });

  it('say a sentence in lines below the row it is about', () => {
    const remedy = 'options come every few minutes: wait for one round; else set its rate in weir.yaml, '
      .repeat(4)
      .trim();
    const lines = reportTable(
      'exporters',
      {
        title: 'Sampling of unknown rate',
        columns: [column('exporter', 'address'), column('domain'), column('cause', 'text'), column('remedy', 'text')],
        rows: [['192.0.2.1', 7, 'no options\u001b[31m came', remedy]],
      },
      60,
    );
    expect(lines.slice(2, 5)).toEqual([
      'exporter 192.0.2.1, domain 7',
      '  cause: no options\\u001b[31m came',
      '  remedy: options come every few minutes: wait for one',
    ]);
    expect(Math.max(...lines.map((l) => l.length))).toBeLessThanOrEqual(60);
    expect(lines.slice(4).join(' ').replace(/ +/g, ' ').trim()).toBe(`remedy: ${remedy}`);
  });

  it('of a healthy node with templates and bursts are two parts of 100 characters', () => {
    const names = ['exporter', 'domain', 'formats', 'records', 'bytes', 'datagrams', 'lost', 'lost_percent'];
    const titles: Record<string, string> = { formats: 'protocol', lost_percent: 'lost %', origins: 'rate from' };
    const rest = ['recovered', 'restarts', 'errors', 'sampling', 'origins', 'templates', 'held', 'exporter_drops'];
    const times = ['burst_10ms', 'burst_100ms', 'clock_corrected', 'first_seen', 'last_seen'];
    const types: Record<string, ReportColumn['type']> = {
      exporter: 'address',
      first_seen: 'time',
      last_seen: 'time',
      formats: 'text',
      origins: 'text',
    };
    const all = [...names, ...rest, ...times].map((n) => ({
      ...column(n, types[n]),
      title: titles[n] ?? n.replace('_', ' '),
    }));
    const row = ['192.0.2.1', 7, 'netflow9', 123_456, 1, 900, 0, 0, 0, 0, null, '1', 'default', 2, 0, 0, 3, 9, 0, T, T];
    const lines = reportTable('exporters', { title: 'Export streams', columns: all, rows: [row] }, 100);
    expect(lines.filter((l) => l.startsWith('exporter '))).toHaveLength(2);
    expect(Math.max(...lines.map((l) => l.length))).toBeLessThanOrEqual(100);
  });
});
