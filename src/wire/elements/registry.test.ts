import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readElementLines } from './element-table.ts';
import { ENTERPRISES } from './enterprises.ts';
import {
  elementName,
  findElement,
  findElementByName,
  findNetflow9Element,
  knownEnterprises,
  netflow9Reference,
  parseElementReference,
  REVERSE_PEN,
  scopeName,
} from './registry.ts';

const elementsOf = (pen: number) =>
  ENTERPRISES.filter((e) => e.pen === pen).flatMap((e) => e.tables.flatMap((lines) => readElementLines(pen, lines)));

describe('each enterprise', () => {
  test.each(ENTERPRISES.map((e) => [e.title, e.pen] as const))('%s: numbers and names are unique', (_, pen) => {
    const elements = elementsOf(pen);
    expect(new Set(elements.map((e) => e.id)).size).toBe(elements.length);
    expect(new Set(elements.map((e) => e.name.toLowerCase())).size).toBe(elements.length);
  });

  test.each(ENTERPRISES.map((e) => [e.title, e.pen] as const))(
    '%s: every element is found by number and by name',
    (_, pen) => {
      for (const element of elementsOf(pen)) {
        expect(findElement(pen, element.id)).toEqual(element);
        expect(findElementByName(elementName(pen, element.id))).toEqual(element);
      }
    },
  );

  test('has a number and a prefix of its own', () => {
    expect(new Set(ENTERPRISES.map((e) => e.pen)).size).toBe(ENTERPRISES.length);
    expect(new Set(ENTERPRISES.map((e) => e.prefix)).size).toBe(ENTERPRISES.length);
  });
});

/** From RFC 5102, 7012, 5103, 5477, 6313, 6759, 7015, 7133, 8158, 9487 and 9740: written down apart from the tables. */
const FACTS = `
1 octetDeltaCount unsigned 8
2 packetDeltaCount unsigned 8
4 protocolIdentifier unsigned 1
5 ipClassOfService unsigned 1
6 tcpControlBits unsigned 2
7 sourceTransportPort unsigned 2
8 sourceIPv4Address ipv4 4
9 sourceIPv4PrefixLength unsigned 1
10 ingressInterface unsigned 4
11 destinationTransportPort unsigned 2
12 destinationIPv4Address ipv4 4
14 egressInterface unsigned 4
15 ipNextHopIPv4Address ipv4 4
16 bgpSourceAsNumber unsigned 4
21 flowEndSysUpTime unsigned 4
22 flowStartSysUpTime unsigned 4
27 sourceIPv6Address ipv6 16
28 destinationIPv6Address ipv6 16
31 flowLabelIPv6 unsigned 4
32 icmpTypeCodeIPv4 unsigned 2
34 samplingInterval unsigned 4
35 samplingAlgorithm unsigned 1
36 flowActiveTimeout unsigned 2
38 engineType unsigned 1
39 engineId unsigned 1
48 samplerId unsigned 1
50 samplerRandomInterval unsigned 4
56 sourceMacAddress mac 6
58 vlanId unsigned 2
60 ipVersion unsigned 1
61 flowDirection unsigned 1
70 mplsTopLabelStackSection octets 0
82 interfaceName text 0
85 octetTotalCount unsigned 8
89 forwardingStatus unsigned 1
95 applicationId octets 0
96 applicationName text 0
128 bgpNextAdjacentAsNumber unsigned 4
130 exporterIPv4Address ipv4 4
136 flowEndReason unsigned 1
139 icmpTypeCodeIPv6 unsigned 2
148 flowId unsigned 8
149 observationDomainId unsigned 4
150 flowStartSeconds seconds 4
152 flowStartMilliseconds milliseconds 8
154 flowStartMicroseconds microseconds 8
156 flowStartNanoseconds nanoseconds 8
158 flowStartDeltaMicroseconds unsigned 4
160 systemInitTimeMilliseconds milliseconds 8
161 flowDurationMilliseconds unsigned 4
176 icmpTypeIPv4 unsigned 1
192 ipTTL unsigned 1
210 paddingOctets octets 0
225 postNATSourceIPv4Address ipv4 4
226 postNATDestinationIPv4Address ipv4 4
227 postNAPTSourceTransportPort unsigned 2
230 natEvent unsigned 1
231 initiatorOctets unsigned 8
233 firewallEvent unsigned 1
234 ingressVRFID unsigned 4
236 VRFname text 0
239 biflowDirection unsigned 1
243 dot1qVlanId unsigned 2
256 ethernetType unsigned 2
276 dataRecordsReliability boolean 1
281 postNATSourceIPv6Address ipv6 16
291 basicList basic_list 0
292 subTemplateList template_list 0
293 subTemplateMultiList template_multi_list 0
302 selectorId unsigned 8
304 selectorAlgorithm unsigned 2
305 samplingPacketInterval unsigned 4
309 samplingSize unsigned 4
310 samplingPopulation unsigned 4
311 samplingProbability float 8
313 ipHeaderPacketSection octets 0
315 dataLinkFrameSection octets 0
322 observationTimeSeconds seconds 4
323 observationTimeMilliseconds milliseconds 8
325 observationTimeNanoseconds nanoseconds 8
346 privateEnterpriseNumber unsigned 4
352 layer2OctetDeltaCount unsigned 8
371 userName text 0
375 originalFlowsPresent unsigned 8
402 transportPacketDeltaCount unsigned 8
434 mibObjectValueInteger signed 4
463 natInstanceID unsigned 4
494 srhSegmentIPv6 ipv6 16
515 ipv6ExtensionHeadersFull unsigned 32
520 tcpOptionsFull unsigned 32
`;

describe('IANA', () => {
  test.each(FACTS.trim().split('\n'))('%s', (fact) => {
    const [id, name, type, bytes] = fact.split(' ');
    expect(findElement(0, Number(id))).toMatchObject({ pen: 0, id: Number(id), name, type, bytes: Number(bytes) });
    expect(findElementByName(name!)?.id).toBe(Number(id));
  });

  test('tells counters from flags and identifiers, and units', () => {
    expect(findElement(0, 1)).toMatchObject({ semantic: 'delta', unit: 'octets' });
    expect(findElement(0, 86)).toMatchObject({ semantic: 'total', unit: 'packets' });
    expect(findElement(0, 6)).toMatchObject({ semantic: 'flags' });
    expect(findElement(0, 161)).toMatchObject({ unit: 'milliseconds' });
    expect(findElement(0, 8)?.semantic).toBeUndefined();
  });

  test.each([0, 65, 69, 97, 105, 127, 416, 419, 534, 32_767])('%d is not assigned', (id) => {
    expect(findElement(0, id)).toBeUndefined();
    expect(elementName(0, id)).toBe(`0/${id}`);
  });
});

describe('reverse elements', () => {
  test('are derived from IANA, with the same type', () => {
    expect(findElement(REVERSE_PEN, 1)).toEqual({
      ...findElement(0, 1),
      pen: REVERSE_PEN,
      name: 'reverseOctetDeltaCount',
    });
    expect(findElement(REVERSE_PEN, 236)?.name).toBe('reverseVRFname');
    expect(findElementByName('reverseOctetDeltaCount')).toBe(findElement(REVERSE_PEN, 1));
    expect(elementName(REVERSE_PEN, 6)).toBe('reverseTcpControlBits');
  });

  test.each([148, 149, 145, 239, 210, 41])('%d has no reverse (RFC 5103 section 6.1)', (id) => {
    expect(findElement(REVERSE_PEN, id)).toBeUndefined();
    expect(elementName(REVERSE_PEN, id)).toBe(`29305/${id}`);
  });

  test("of CERT's own elements have bit 14 set", () => {
    expect(findElement(6871, 14)?.name).toBe('initialTCPFlags');
    expect(findElement(6871, 16_398)).toMatchObject({
      pen: 6871,
      id: 16_398,
      name: 'reverseInitialTCPFlags',
      type: 'unsigned',
    });
    expect(findElementByName('cert:reverseInitialTCPFlags')?.id).toBe(16_398);
    expect(findElement(6871, 16_384)).toBeUndefined();
  });
});

describe('NetFlow v9', () => {
  test.each([
    [1, 0, 1, 'octetDeltaCount'],
    [34, 0, 34, 'samplingInterval'],
    [48, 0, 48, 'samplerId'],
    [95, 0, 95, 'applicationId'],
    [225, 0, 225, 'postNATSourceIPv4Address'],
    [6660, 4_294_967_295, 6660, 'EkinopsTcpConnectionSetupTime'],
    [24_630, 2352, 24_630, 'natAssignTime'],
    [33_000, 9, 232, 'ingressAclId'],
    [33_001, 9, 233, 'egressAclId'],
    [33_002, 9, 234, 'firewallEventExtended'],
    [34_000, 9, 1232, 'sgtSourceTag'],
    [37_083, 9, 4315, 'tcpWindowSizeMin'],
    [40_000, 9, 7232, 'userName'],
    [40_001, 9, 7233, 'xlateSourceIPv4Address'],
    [40_004, 9, 7236, 'xlateDestinationPort'],
    [40_005, 9, 7237, 'firewallEvent'],
    [45_004, 9, 12_236, 'clientIPv4Address'],
    [45_108, 9, 12_340, 'nvzFlowProcessName'],
    [51_110, 17_163, 51_110, 'connectionRoundTripTime'],
    [56_701, 25_461, 56_701, 'appId'],
    [56_702, 25_461, 56_702, 'userId'],
    [57_590, 35_632, 118, 'L7_PROTO'],
    [57_641, 35_632, 169, 'SRC_PROC_NAME'],
    [58_500, 35_632, 1028, 'PROTOCOL_MAP'],
  ])('type %d is %d/%d, %s', (type, pen, id, name) => {
    expect(findNetflow9Element(type)).toMatchObject({ pen, id, name });
  });

  test('types that nobody has published still have a reference to name them by', () => {
    expect(findNetflow9Element(65)).toBeUndefined();
    expect(netflow9Reference(65)).toEqual({ pen: 0, id: 65 });
    expect(netflow9Reference(33_999)).toEqual({ pen: 0, id: 33_999 });
    expect(elementName(0, 33_999)).toBe('0/33999');
    expect(netflow9Reference(58_471)).toEqual({ pen: 35_632, id: 999 });
    expect(netflow9Reference(65_500)).toEqual({ pen: 0, id: 65_500 });
  });

  test('scopes of options have names', () => {
    expect([1, 2, 3, 4, 5].map(scopeName)).toEqual(['System', 'Interface', 'Line Card', 'Cache', 'Template']);
    expect(scopeName(0)).toBe('scope 0');
    expect(scopeName(99)).toBe('scope 99');
  });
});

describe('references in configuration', () => {
  test.each([
    ['9/12232', { pen: 9, id: 12_232 }],
    ['95', { pen: 0, id: 95 }],
    [' 0/95 ', { pen: 0, id: 95 }],
    ['35632/118', { pen: 35_632, id: 118 }],
    ['35632/57590', { pen: 35_632, id: 118 }],
    ['9/45108', { pen: 9, id: 12_340 }],
    ['25461/56701', { pen: 25_461, id: 56_701 }],
    ['4294967295/1', { pen: 4_294_967_295, id: 1 }],
    ['4294967296/1', null],
    ['0/40000', { pen: 9, id: 7232 }],
    ['56701', { pen: 25_461, id: 56_701 }],
    ['0/33999', { pen: 0, id: 33_999 }],
    ['9/33999', null],
    ['9/65536', null],
    ['637/40000', null],
    ['', null],
    ['/1', null],
    ['9/', null],
    ['-1', null],
    ['9/1/2', null],
    ['0x9/1', null],
    ['cisco:userName', null],
  ])('%j', (text, expected) => {
    expect(parseElementReference(text)).toEqual(expected);
  });

  test.each([
    ['applicationName', 96, 0],
    ['APPLICATIONNAME', 96, 0],
    ['iana:applicationName', 96, 0],
    ['cisco:nvzFlowProcessName', 12_340, 9],
    ['9/12232', 12_232, 9],
    ['35632/57590', 118, 35_632],
    ['ntop:SRC_PROC_NAME', 169, 35_632],
    ['iana:reverseOctetDeltaCount', 1, REVERSE_PEN],
  ])('%s is found', (name, id, pen) => {
    expect(findElementByName(name)).toMatchObject({ id, pen });
  });

  test.each([
    'nvzFlowProcessName',
    'cisco:',
    'nobody:userName',
    'reverse',
    'reverseFlowId',
    '9/1',
    'constructor',
    'iana:__proto__',
  ])('%s is not', (name) => {
    expect(findElementByName(name)).toBeUndefined();
  });

  test('nothing that people or exporters write makes a look-up throw', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(0xffff_ffff), fc.nat(0xffff), (text, pen, id) => {
        findElementByName(text);
        parseElementReference(text);
        findNetflow9Element(id);
        return elementName(pen, id).length > 0;
      }),
    );
  });
});

test('docs/reference/elements.md counts what is known', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/reference/elements.md'), 'utf8');
  const rows = [...page.matchAll(/^\| (\d+) \| `(\w+):` \| ([^|]+) \| ([\d,]+) \|$/gm)].map((m) => ({
    pen: Number(m[1]),
    prefix: m[2],
    title: m[3],
    elements: Number(m[4]!.replace(',', '')),
  }));
  expect(rows).toEqual(knownEnterprises());
});
