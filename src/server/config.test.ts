import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WeirError } from '../base/index.ts';
import { type ConfigSources, loadConfig } from './config.ts';
import { networksOf } from './networks.ts';
import { SETTING_NAMES } from './settings.ts';

function file(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'weir-config-')), 'weir.yaml');
  writeFileSync(path, text);
  return path;
}

function problems(sources: ConfigSources): string[] {
  try {
    loadConfig(sources);
  } catch (error) {
    expect(error).toBeInstanceOf(WeirError);
    expect((error as WeirError).code).toBe('config');
    const list = (error as WeirError).details.problems as string[];
    for (const problem of list) expect((error as WeirError).message).toContain(problem);
    return list;
  }
  throw new Error('the configuration was accepted');
}

describe('configuration', () => {
  it('is complete without any source', () => {
    const config = loadConfig({});
    expect(config.data).toBe(resolve('./weir-data'));
    expect(config.http).toEqual({ address: '127.0.0.1', port: 8480 });
    expect(config.netflow).toEqual({ address: '0.0.0.0', port: 2055 });
    expect(config.ipfix).toEqual({ address: '0.0.0.0', port: 4739 });
    expect(config.sflow).toEqual({ address: '0.0.0.0', port: 6343 });
    expect(config.ipfix_tcp).toBeNull();
    expect(config.exporters).toEqual([]);
    expect(config.elements).toEqual([]);
    expect(config.http_token).toBeNull();
  });

  it('takes the flag before the environment before the file', () => {
    const path = file('netflow: 127.0.0.1:1\nquery_threads: 1\nreceive_threads: 1\n');
    const config = loadConfig({
      file: path,
      env: { WEIR_NETFLOW: '127.0.0.1:2', WEIR_QUERY_THREADS: '2' },
      flags: { netflow: '127.0.0.1:3' },
    });
    expect(config.netflow).toEqual({ address: '127.0.0.1', port: 3 });
    expect(config.query_threads).toBe(2);
    expect(config.receive_threads).toBe(1);
  });

  it('reads sizes, durations, lists and switches', () => {
    const path = file(
      'receive-buffer: 16MiB\nretention_age: 90d\nretention_bytes: 1.5T\njournal_sync: 250\nhome: [10.0.0.0/8, "2001:db8::/32"]\nhttp: off\nnetflow: "[::1]:2055"\nlog:\n',
    );
    expect(loadConfig({ file: path })).toMatchObject({
      receive_buffer: 16 * 1024 * 1024,
      retention_age: 90 * 86_400_000,
      retention_bytes: 1.5e12,
      journal_sync: 250,
      home: ['10.0.0.0/8', '2001:db8::/32'],
      http: null,
      netflow: { address: '::1', port: 2055 },
      log: 'pretty',
    });
    expect(loadConfig({ env: { WEIR_HOME: '10.0.0.0/8,192.168.0.0/16' } }).home).toEqual([
      '10.0.0.0/8',
      '192.168.0.0/16',
    ]);
  });

  it('turns the API off with http: off, http: false, no_http and --no-http', () => {
    expect(loadConfig({ file: file('http: false\n') }).http).toBeNull();
    expect(loadConfig({ file: file('no_http: true\n') }).http).toBeNull();
    expect(loadConfig({ env: { WEIR_NO_HTTP: '1' } }).http).toBeNull();
    expect(loadConfig({ flags: { http: false } }).http).toBeNull();
  });

  it('takes the settings of the meter of this host as a group too, and names what it does not know there', () => {
    const path = file('host:\n  name: a1\n  export-period: 1m\n  policy:\n');
    const config = loadConfig({ file: path, flags: { host: 'on' } });
    expect(config).toMatchObject({ host: true, host_name: 'a1', host_export_period: 60_000, host_policy: null });
    expect(problems({ file: file('host: {nam: a1, export_period: 5}\n') })).toEqual([
      expect.stringMatching(/: host\.nam: unknown setting \(did you mean name\?\)$/),
      expect.stringMatching(/: host\.export_period: expected a duration/),
    ]);
    expect(loadConfig({ flags: { host: false } }).host).toBe(false);
    expect(loadConfig({ file: file('host: off\n') }).host).toBe(false);
    expect(loadConfig({ env: { WEIR_HOST: 'on' } }).host).toBe(true);
  });

  it('names every mistake at once, with its place and what was expected', () => {
    const path = file('netflow: 2055 please\nreceive_buffer: big\nretension_age: 5d\nquery_timeout: 30\n');
    const found = problems({
      file: path,
      env: { WEIR_LOG: 'loud', WEIR_RECIEVE_THREADS: '2' },
      flags: { receive_threads: 'many', home: '10.0.0.0/8,banana' },
    });
    expect(found).toHaveLength(8);
    const all = found.join('\n');
    expect(all).toContain(`${path}: retension_age: unknown setting (did you mean retention_age?)`);
    expect(all).toContain('WEIR_RECIEVE_THREADS: unknown setting (did you mean WEIR_RECEIVE_THREADS?)');
    expect(all).toContain(`${path}: netflow: expected ADDRESS:PORT such as 0.0.0.0:2055, or off, not "2055 please"`);
    expect(all).toContain(`${path}: receive_buffer: expected bytes such as 64M`);
    expect(all).toContain(`${path}: query_timeout: expected a duration with its unit such as 60s`);
    expect(all).toContain('WEIR_LOG: expected json or pretty, not "loud"');
    expect(all).toContain('--receive-threads: expected a whole number from 1 to 64, not "many"');
    expect(all).toContain('--home: expected prefixes such as 10.0.0.0/8,2001:db8::/32; "banana" is not');
  });

  it.each([
    ['- a\n- b\n', /expected a mapping/],
    ['data: [1\n', /line \d+/],
    ['data: a\ndata: b\n', /line 2/],
    ['data: {a: 1}\n', /data: expected a directory/],
  ])('refuses the file %j', (text, expected) => {
    expect(problems({ file: file(text) })[0]).toMatch(expected);
  });

  it('says that a file cannot be read', () => {
    expect(problems({ file: '/nonexistent/weir.yaml' })).toEqual(['/nonexistent/weir.yaml: no such file']);
  });

  it('passes over the variables that Kubernetes sets beside a service named weir', () => {
    const env = {
      WEIR_SERVICE_HOST: '10.0.0.1',
      WEIR_PORT_2055_UDP: 'udp://10.0.0.1:2055',
      WEIR_PORT: 'tcp://10.0.0.1:80',
    };
    expect(loadConfig({ env }).data).toBeDefined();
  });
});

describe('listeners', () => {
  it('are closed by off, and ipfix_tcp alone is opened by its name', () => {
    const config = loadConfig({ env: { WEIR_SFLOW: 'off' }, flags: { ipfix: 'off', ipfix_tcp: true } });
    expect(config).toMatchObject({ ipfix: null, sflow: null, ipfix_tcp: { address: '0.0.0.0', port: 4739 } });
    expect(loadConfig({ file: file('ipfix-tcp: "[::1]:4740"\n') }).ipfix_tcp).toEqual({ address: '::1', port: 4740 });
    expect(problems({ flags: { netflow: true } })).toHaveLength(1);
  });

  it('make room for one that was put on the port of a default', () => {
    expect(loadConfig({ flags: { netflow: '0.0.0.0:4739' } })).toMatchObject({
      netflow: { port: 4739 },
      ipfix: null,
      sflow: { port: 6343 },
    });
    expect(loadConfig({ flags: { sflow: '127.0.0.1:2055' } }).netflow).toBeNull();
  });

  it('on one port are a mistake when both were asked for', () => {
    expect(problems({ flags: { netflow: '127.0.0.1:9995' }, env: { WEIR_IPFIX: '0.0.0.0:9995' } })).toEqual([
      'WEIR_IPFIX: 0.0.0.0:9995 is the port of --netflow too: choose another, or turn one of them off',
    ]);
    expect(problems({ flags: { ipfix_tcp: '127.0.0.1:8480' } })).toEqual([
      '--http: 127.0.0.1:8480 is the port of --ipfix-tcp too: choose another, or turn one of them off',
    ]);
    const apart = { netflow: '127.0.0.1:9995', ipfix: '127.0.0.2:9995', sflow: '127.0.0.1:0', http: '127.0.0.1:0' };
    expect(loadConfig({ flags: { ...apart, ipfix_tcp: '127.0.0.1:0' } })).toMatchObject({ sflow: { port: 0 } });
  });
});

describe('exporters and elements', () => {
  it('are lists in the file', () => {
    const path = file(
      [
        'exporters:',
        '  - prefix: 192.0.2.0/24',
        '    sampling: 1000',
        '    sampling-mode: override',
        '    as_type: peer',
        '    tunnels: inner',
        '    name: core1',
        '  - prefix: 2001:db8::1',
        'elements:',
        '  - {element: "35632/57590", column: custom_1}',
        '  - {element: applicationName, column: custom_text_2}',
        '  - {element: "9/12340", column: custom_text_1}',
        '',
      ].join('\n'),
    );
    const { exporters, elements } = loadConfig({ file: path });
    expect(exporters).toEqual([
      {
        prefix: '192.0.2.0/24',
        settings: { sampling: { rate: 1000, mode: 'override' }, asType: 'peer', tunnels: 'inner' },
        name: 'core1',
      },
      { prefix: '2001:db8::1', settings: { asType: 'origin', tunnels: 'outer' } },
    ]);
    expect(elements).toEqual([
      { pen: 35632, id: 118, column: 'custom_1' },
      { pen: 0, id: 96, column: 'custom_text_2' },
      { pen: 9, id: 12340, column: 'custom_text_1' },
    ]);
  });

  it('every mistake in them is named at once, with its place', () => {
    const path = file(
      [
        'exporters:',
        '  - prefix: 192.0.2.0/33',
        '    sampling: 0',
        '    as_typ: peer',
        '  - sampling: 10',
        '    as_type: both',
        '  - core1',
        'elements:',
        '  - {element: noSuchElement, column: exporter}',
        'netflow: what',
        '',
      ].join('\n'),
    );
    const found = problems({ file: path }).map((p) => p.slice(path.length + 2));
    expect(found).toEqual([
      expect.stringMatching(/^netflow: /),
      expect.stringMatching(/^exporters\[0\]\.prefix: expected a prefix such as .*, not "192.0.2.0\/33"$/),
      'exporters[0].sampling: expected a whole number from 1 to 4294967295, not 0',
      expect.stringMatching(/^exporters\[0\]: unknown key "as_typ" \(did you mean as_type\?\)/),
      expect.stringMatching(/^exporters\[1\]\.prefix: expected a prefix such as/),
      'exporters[1].as_type: expected origin or peer, not "both"',
      expect.stringMatching(/^exporters\[2\]: expected a mapping such as .*, not "core1"$/),
      expect.stringMatching(/^elements\[0\]\.element: expected an element such as .*, not "noSuchElement"$/),
      expect.stringMatching(/^elements\[0\]\.column: expected a column such as .*, not "exporter"$/),
    ]);
  });

  it.each([
    ['exporters: 192.0.2.1\n', /exporters: expected a list such as/],
    ['elements: {element: 1}\n', /elements: expected a list such as/],
    [
      'exporters: [{prefix: 10.0.0.0/8}, {prefix: 10.1.0.0/8}]\n',
      /exporters\[1\]\.prefix: is in the list already, as entry 1/,
    ],
    [
      'exporters: [{prefix: 10.0.0.0/8, sampling_mode: override}]\n',
      /exporters\[0\]\.sampling_mode: says nothing without/,
    ],
    [
      'elements: [{element: 96, column: custom_text_1}, {element: applicationName, column: server_name}]\n',
      /elements\[1\]\.element: is in/,
    ],
    ['elements: [{element: applicationName, column: custom_1}]\n', /column: custom_1 cannot hold what the element is/],
    ['guests: vnet0\n', /guests: expected a list such as `\[\{interface: vnet0, name: web1\}\]`/],
    ['guests: [{interface: vnet0}]\n', /guests\[0\]\.name: expected a list such as/],
    ['guests: [{interface: a/b, name: web1}]\n', /guests\[0\]\.interface: is no name of an interface/],
    ['guests: [{interface: vnet0, name: a}, {interface: vnet0, name: b}]\n', /guests\[1\]: vnet0 is there twice/],
    ['sites: [10.0.0.0/8]\n', /sites: expected a mapping such as/],
    ['sites: {berlin: [10.0.0.0/40]}\n', /sites\.berlin: expected prefixes such as .*"10\.0\.0\.0\/40" is not/],
    ['sites: {berlin: []}\n', /sites\.berlin: has no prefix, no exporter and no VLAN/],
    ['sites: {berlin: {prefix: 10.0.0.0/8}}\n', /sites\.berlin: unknown key "prefix" \(did you mean prefixes\?\)/],
    [
      'sites: {berlin: {vlans: ["192.0.2.1:0-5"]}}\n',
      /sites\.berlin\.vlans: expected VLANs .*"192\.0\.2\.1:0-5" is not/,
    ],
    ['sites: {berlin: {vlans: ["2001:db8::1:5"]}}\n', /sites\.berlin\.vlans: expected VLANs .*\[2001:db8::1\]:10/],
    ['sites: {berlin: {exporters: [192.0.2.1]}}\n', /sites: exporters and VLANs tell .* set home as well/],
    [
      'home: [10.0.0.0/8]\nsites: {berlin: {exporters: [192.0.2.1]}, lab: {exporters: 192.0.2.1/32}}\n',
      /sites\.lab: 192\.0\.2\.1\/32 is an exporter of the site berlin already/,
    ],
    [
      'home: [10.0.0.0/8]\nsites: {berlin: {vlans: ["192.0.2.1:1-20"]}, lab: {vlans: ["192.0.2.1:20-30"]}}\n',
      /sites\.lab: 192\.0\.2\.1:20-30 is a VLAN of the site berlin already/,
    ],
    ['subnets: {servers: [10.1.5.0/33]}\n', /subnets\.servers: expected prefixes such as/],
    ['subnets: {servers: []}\n', /subnets\.servers: has no prefix/],
    [
      'subnets: {servers: [10.1.5.0/24], lab: [10.1.5.9/24]}\n',
      /subnets\.lab: 10\.1\.5\.9\/24 is a prefix of the subnet servers already/,
    ],
    ['sites: {"": [10.0.0.0/8]}\n', /sites\.: is no name/],
    [
      'sites: {berlin: [10.1.0.0/16], lab: [10.1.2.3/16]}\n',
      /sites\.lab: 10\.1\.2\.3\/16 is a prefix of the site berlin already/,
    ],
  ])('refuses %j', (content, expected) => {
    expect(problems({ file: file(content) })).toEqual([expect.stringMatching(expected)]);
  });

  it('name sites with their prefixes', () => {
    const path = file('sites:\n  berlin: [10.1.0.0/16, "2001:db8:1::/48"]\n  lab: 10.1.9.0/24,10.1.8.0/24\n');
    const config = loadConfig({ file: path });
    expect(networksOf(config)).toEqual({
      home: [],
      sites: { berlin: ['10.1.0.0/16', '2001:db8:1::/48'], lab: ['10.1.9.0/24', '10.1.8.0/24'] },
    });
  });

  it('name sites with their exporters and VLANs, and subnets with their prefixes', () => {
    const path = file(
      'home: [10.0.0.0/8]\nsites:\n  berlin: {exporters: [192.0.2.1], vlans: ["[2001:db8::1]:10-20", "198.51.100.0/24:7"]}\n' +
        'subnets: {servers: [10.1.5.0/24, "2001:db8:1:5::/64"]}\n',
    );
    expect(networksOf(loadConfig({ file: path }))).toEqual({
      home: ['10.0.0.0/8'],
      sites: { berlin: [] },
      exporterSites: [
        { site: 'berlin', exporters: '192.0.2.1', vlans: null },
        { site: 'berlin', exporters: '2001:db8::1', vlans: [10, 20] },
        { site: 'berlin', exporters: '198.51.100.0/24', vlans: [7, 7] },
      ],
      subnets: { servers: ['10.1.5.0/24', '2001:db8:1:5::/64'] },
    });
  });

  it('cannot be set by the environment', () => {
    expect(problems({ env: { WEIR_EXPORTERS: '10.0.0.0/8' } })).toEqual([
      'WEIR_EXPORTERS: exporters can only be set in the file of --config',
    ]);
  });
});

describe('the token', () => {
  const token = 'abcdefgh-12345678';

  it('is wanted by no address: without one, all have to sign in where other machines reach the port', () => {
    expect(loadConfig({ flags: { http: '0.0.0.0:8480' } }).http_token).toBeNull();
    expect(loadConfig({ flags: { http: '0.0.0.0:8480' }, env: { WEIR_HTTP_TOKEN: token } }).http_token).toBe(token);
  });

  it('may come from the first line of a file', () => {
    const path = file(`${token}\nsecond line\n`);
    expect(loadConfig({ flags: { http: '0.0.0.0:8480', http_token_file: path } }).http_token).toBe(token);
  });

  it('is never shown in a message', () => {
    const found = problems({ env: { WEIR_HTTP_TOKEN: 'too short' } });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain('WEIR_HTTP_TOKEN: expected a token');
    expect(found[0]).not.toContain('too short');
  });

  it('must come from one place', () => {
    expect(problems({ env: { WEIR_HTTP_TOKEN: token, WEIR_HTTP_TOKEN_FILE: file(token) } })[0]).toMatch(
      /give one of them/,
    );
    expect(problems({ env: { WEIR_HTTP_TOKEN_FILE: '/nonexistent' } })[0]).toMatch(/no such file/);
  });
});

describe('live capture', () => {
  it('is off, and takes interfaces with what is to be metered of them', () => {
    expect(loadConfig({})).toMatchObject({
      capture: [],
      capture_idle: 90_000,
      capture_active: 300_000,
      capture_sampling: { sampling: 1, samplingMethod: 'systematic' },
    });
    const flags = { capture: 'eth1, eth2', capture_idle: '15s', capture_active: 'off', capture_sampling: 'flow:100' };
    expect(loadConfig({ flags })).toMatchObject({
      capture: ['eth1', 'eth2'],
      capture_idle: 15_000,
      capture_active: null,
      capture_sampling: { sampling: 100, samplingMethod: 'flow' },
    });
  });

  it.each(['0', 'random', 'every:10', '10:random', '2000000'])(
    'does not take %s for a sampling',
    (capture_sampling) => {
      expect(problems({ flags: { capture_sampling } })).toEqual([
        `--capture-sampling: expected N, random:N or flow:N with N from 1 to 1000000, or none, not "${capture_sampling}"`,
      ]);
    },
  );
});

it('the example in packaging/ can be loaded', () => {
  const path = new URL('../../packaging/weir.yaml', import.meta.url).pathname;
  expect(loadConfig({ file: path }).data).toBe('/var/lib/weir');
});

describe('interfaces of exporters', () => {
  it('have names, descriptions and speeds', () => {
    const path = file(
      'exporters: [{prefix: 10.0.0.1, interfaces: {3: {name: uplink, speed: 10G}, 4: {description: "to b"}}}]\n',
    );
    expect(loadConfig({ file: path }).exporters[0]!.interfaces).toEqual([
      { index: 3, name: 'uplink', description: '', speed: 10_000_000_000 },
      { index: 4, name: '', description: 'to b', speed: 0 },
    ]);
  });

  it.each([
    ['{x: {name: a}}', /interfaces\.x: is no number of an interface/],
    ['{0: {name: a}}', /is no number of an interface/],
    ['[a]', /expected a mapping such as/],
    ['{3: {nam: a}}', /unknown key "nam"/],
    ['{3: {speed: fast}}', /speed: expected bits per second/],
  ])('%s is a mistake that is told', (interfaces, told) => {
    const path = file(`exporters: [{prefix: 10.0.0.1, interfaces: ${interfaces}}]\n`);
    expect(() => loadConfig({ file: path })).toThrow(told);
  });
});

describe('block lists', () => {
  const load = (yaml: string) => loadConfig({ file: file(yaml) });

  it('are files and URLs, each with a name', () => {
    const { blocklists } = load(
      'blocklists:\n  - {name: drop, url: "https://example.org/drop.json", refresh: 1h}\n  - {name: own, file: /etc/weir/own.txt, format: csv}\n',
    );
    expect(blocklists).toEqual([
      { name: 'drop', url: 'https://example.org/drop.json', file: null, format: null, refreshMs: 3_600_000 },
      { name: 'own', url: null, file: '/etc/weir/own.txt', format: 'csv', refreshMs: 6 * 3_600_000 },
    ]);
  });

  it.each([
    ['blocklists: drop.txt', /expected a list such as/],
    ['blocklists: [{name: a}]', /blocklists\[0\]: expected one of file and url/],
    ['blocklists: [{name: a, file: b, url: "http://c/"}]', /expected one of file and url/],
    ['blocklists: [{name: a/b, file: b}]', /name: expected a name of letters/],
    ['blocklists: [{name: a+b, file: b}]', /name: expected a name of letters/],
    ['blocklists: [{name: a, url: "ftp://c/"}]', /url: expected a URL/],
    ['blocklists: [{name: a, url: "https://me:secret@c/"}]', /url: expected a URL/],
    ['blocklists: [{name: a, file: b, refresh: 1h}]', /refresh says nothing of a file/],
    ['blocklists: [{name: a, url: "https://c/", refresh: 10s}]', /refresh: expected a duration/],
    ['blocklists: [{name: a, file: b}, {name: A, file: c}]', /is in the list already, as entry 1/],
    [
      'blocklists: [{name: a, file: b}, {name: c}, {name: d, url: "ftp://c/"}, {name: A, file: c}, {name: d/e, file: f}]',
      /4 mistakes[\s\S]*blocklists\[1\]: expected one of file and url[\s\S]*blocklists\[3\]\.name: is in the list already, as entry 1/,
    ],
    ['blocklists: [{name: a, fil: b}]', /unknown key "fil" \(did you mean file\?\)/],
  ])('%s is a mistake that is told', (yaml, told) => {
    expect(() => load(yaml)).toThrow(told);
  });
});

it('the reference page has every setting with its default', () => {
  const page = readFileSync(new URL('../../docs/reference/configuration.md', import.meta.url), 'utf8');
  const rows = page.split('\n').flatMap((line) => /^\| `([a-z0-9_]+)` \| /.exec(line)?.[1] ?? []);
  expect(rows.sort()).toEqual([...SETTING_NAMES].sort());
});

describe('names of flows', () => {
  const load = (yaml: string) => loadConfig({ file: file(yaml) });

  it('are what comes with Weir, and what the user adds', () => {
    const config = load(
      [
        'category_scheme: microsoft-2005',
        'applications: {till: {tcp: [9000, "9001"], category: Shop}}',
        'services: {intranet: {domains: [corp.example]}}',
        'processes: {tilld: {application: till, side: server}}',
        'categories: {Shop: [intranet]}',
        "label_rules: [{filter: 'dst port 9000 and dst net 10.0.0.0/8', application: clickhouse}]",
        '',
      ].join('\n'),
    );
    expect(config.category_scheme).toBe('microsoft-2005');
    expect(config.applications).toEqual({ till: { tcp: [9_000, 9_001], category: 'Shop' } });
    expect(config.services).toEqual({ intranet: { domains: ['corp.example'] } });
    expect(config.processes).toEqual({ tilld: { application: 'till', side: 'server' } });
    expect(config.categories).toEqual({ Shop: ['intranet'] });
    expect(config.label_rules).toHaveLength(1);
  });

  it.each([
    ['applications: [till]', /applications: expected a mapping such as/],
    [
      'applications: {till: {tcp: [70000]}}',
      /applications\.till\.tcp\[0\]: expected a port from 1 to 65535, not 70000/,
    ],
    ['processes: {tilld: {application: till, side: both}}', /processes\.tilld\.side: expected server or client/],
    ['label_rules: [{filter: "dst prt 9000", application: a}]', /label_rules\[0\]\.filter: .*prt/],
    ['label_rules: [{filter: "dst port 9000"}]', /label_rules\[0\]: expected one of application, service and category/],
    ['category_scheme: microsoft-2006', /expected default, microsoft-2005, or the path of a file/],
  ])('%s is refused with its place', (yaml, message) => {
    expect(() => load(`${yaml}\n`)).toThrow(message);
  });

  it('a scheme is a file; all its mistakes are told at once, by line', () => {
    const good = file('name: ours\nother: Rest\ncategories:\n  Shop:\n    applications: [http]\n');
    expect(loadConfig({ flags: { category_scheme: good } }).category_scheme).toMatchObject({ name: 'ours' });
    const bad = file('nam: ours\ncategories:\n  Shop:\n    apps: [till]\n  Web:\n    applications: [http, http]\n');
    const refused = () => loadConfig({ flags: { category_scheme: bad } });
    expect(refused).toThrow(/line 1: unknown key nam/);
    expect(refused).toThrow(/line 4: Shop: unknown key apps/);
    expect(refused).toThrow(/line 6: http is in Web already/);
  });

  it('names that stand for nothing are told together, each with its place and the nearest that is known', () => {
    const wrong = () =>
      load(
        [
          'applications: {Till2: {tcp: [70000]}, till: {category: Offfice}}',
          'services: {lab: {domains: ["*.lab.example", com, ok.example]}}',
          'processes: {tilld: {application: tilll}}',
          'categories: {Office: [], Shop: [till, lab, nosuch, netflx]}',
          'label_rules: [{filter: "dst port 1", application: nosuchapp}, {filter: "dst port 2"}]',
          '',
        ].join('\n'),
      );
    for (const told of [
      /applications\.Till2: is no name: those are letters in lower case/,
      /applications\.Till2\.tcp\[0\]: expected a port/,
      /applications\.till\.category: there is no category Offfice \(did you mean Office\?\)/,
      /services\.lab\.domains\[0\]: \*\.lab\.example is no domain: lab\.example has all names below it/,
      /services\.lab\.domains\[1\]: com would have every server/,
      /processes\.tilld\.application: there is no application tilll \(did you mean till\?\)/,
      /categories\.Shop\[2\]: there is no application or service nosuch/,
      /categories\.Shop\[3\]: there is no application or service netflx \(did you mean netflix\?\)/,
      /label_rules\[0\]\.application: there is no application nosuchapp/,
      /label_rules\[1\]: expected one of application, service and category/,
    ])
      expect(wrong).toThrow(told);
    expect(wrong).not.toThrow(/domains\[2\]|Shop\[[01]\]/);
  });

  it('a rule may name what is inside, and a mistake in its filter has its place and the nearest word', () => {
    const rule = (filter: string) => `label_rules: [{filter: '${filter}', application: tls}]\n`;
    const inside = 'not dst ip in @home and dst port 8443';
    expect(load(`home: [10.0.0.0/8]\n${rule(inside)}`).label_rules).toHaveLength(1);
    expect(load(`sites: {berlin: [10.0.0.0/8]}\n${rule(inside)}`).label_rules).toHaveLength(1);
    expect(() => load(rule(inside))).toThrow(
      /label_rules\[0\]\.filter: filter, column 15: there is no set @home, and none is defined: set `home` or `sites`/,
    );
    expect(() => load(`home: [10.0.0.0/8]\n${rule('dst ip in @hom')}`)).toThrow(
      /label_rules\[0\]\.filter: filter, column 11: there is no set @hom; expected: @home \(did you mean @home\?\)/,
    );
    // What is inside is wrong, and that alone is told.
    expect(() => load(`home: [10.0.0.0/99]\n${rule(inside)}`)).not.toThrow(/label_rules/);
  });

  it('a category is one of the scheme, or is listed', () => {
    const rule = "label_rules: [{filter: 'dst port 1', category: Gamess}]\n";
    expect(() => load(rule)).toThrow(
      /label_rules\[0\]\.category: there is no category Gamess \(did you mean Games\?\)/,
    );
    expect(load(`${rule}categories: {Gamess: []}\n`).label_rules).toHaveLength(1);
    expect(() => load(`${rule}category_scheme: microsoft-2005\n`)).toThrow(/there is no category Gamess; a new one/);
  });

  it('the file of a scheme tells names that stand for nothing by line, beside its other mistakes', () => {
    const path = file(
      'name: ours\nname: again\ncategories:\n  Web:\n    applications: [http,\n      tsl, till]\n  Films:\n    services: [netflx]\n',
    );
    const refused = () => load(`category_scheme: ${path}\napplications: {till: {}}\n`);
    expect(refused).toThrow(/line 2: Map keys must be unique/);
    expect(refused).toThrow(/line 6: Web: there is no application tsl \(did you mean tls\?\)/);
    expect(refused).toThrow(/line 8: Films: there is no service netflx \(did you mean netflix\?\)/);
    expect(refused).not.toThrow(/application till/);
  });
});
