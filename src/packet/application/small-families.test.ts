import { describe, expect, test } from 'vitest';
import { SECURITY } from './finding.ts';
import { recognised } from './payloads.testing.ts';

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex');
const zeros = (count: number) => '00'.repeat(count);

describe('log-in and desktops', () => {
  test.each([
    ['SSH-2.0-OpenSSH_9.6\r\n', SECURITY.ok],
    ['SSH-1.99-Cisco-1.25\n', SECURITY.ok],
    ['SSH-1.5-1.2.27\n', SECURITY.ssh1],
  ])('%j is SSH, and its version tells whether it is safe', (banner, security) => {
    expect(recognised(banner)).toMatchObject({ application: 'ssh', security });
  });

  test.each([
    ['telnet', hex('fffd18 fffd20 fffd23'), {}],
    ['', hex('ff00ff'), {}],
    [
      'rdp',
      Buffer.concat([
        hex('0300002a 25e00000000000'),
        Buffer.from('Cookie: mstshash=user\r\n'),
        hex('0100080003000000'),
      ]),
      {},
    ],
    ['rdp', hex('03000013 0ed000001234000201080002000000'), { from: 3389, side: 1 as const }],
    ['s7comm', hex('03000016 11e00000001400c1020100c2020102c0010a'), { to: 102 }],
    ['vnc', 'RFB 003.008\n', {}],
    ['x11', hex('6c000b0000000000 00000000'), {}],
    ['rlogin', '\0me\0you\0xterm/38400\0', { from: 1023, to: 513 }],
    ['rsh', '1022\0me\0you\0ls\0', { from: 1023, to: 514 }],
    ['', '1022\0me\0you\0ls\0', { from: 40_000, to: 514 }],
  ])('%j', (application, content, around) => {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
    expect(recognised(bytes, around).application).toBe(application);
  });
});

describe('addresses, directories, management', () => {
  const udp = { protocol: 17 };
  const dhcp = hex(`01010600 12345678 ${zeros(228)} 63825363 350101ff`);
  const snmp = hex('302902010104067075626c6963a01c020478563412020100020100300e300c06082b060102010101000500');
  const snmpTrap3 = hex('3010020103300a020101020300ffe3040104020103');
  const kerberos = hex('6a4c304aa103020105a20302010aa33e303c');
  const netflow5 = hex(`00050001${zeros(20 + 48)}`);
  const template = hex(`000a0020 ${zeros(12)} 00020010 01000002 00080004 000c0004`);
  const bgp = hex(`${'ff'.repeat(16)}001d0104fde800b4c000020100`);
  test.each([
    ['dhcp', dhcp, { ...udp, from: 68, to: 67 }],
    ['dhcpv6', hex('01123456 0001000400010001'), { ...udp, from: 546, to: 547 }],
    ['', hex('01123456 0001000900010001'), { ...udp, from: 546, to: 547 }],
    ['ntp', hex(`230006ec${zeros(44)}`), { ...udp, to: 123 }],
    ['ntp', hex(`230006ec${zeros(44)} 00000001 ${zeros(20)}`), { ...udp, to: 123 }],
    ['ntp', hex(`1702000000000000 00000000`), { ...udp, to: 123 }],
    ['ntp', hex(`16020001 0000000000000000`), { ...udp, to: 123 }],
    ['', hex(`230006ec${zeros(50)}`), { ...udp, to: 123 }],
    ['', hex(`23000680${zeros(44)}`), { ...udp, to: 123 }],
    ['ssdp', 'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n', { ...udp, to: 1900 }],
    ['ssdp', 'HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\n', { ...udp, from: 5000 }],
    ['ws-discovery', '<soap:Envelope xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery">', { ...udp, to: 3702 }],
    ['snmp', snmp, { ...udp, to: 161 }],
    ['snmp', snmpTrap3, { ...udp, to: 9999 }],
    ['kerberos', kerberos, { ...udp, to: 88 }],
    ['kerberos', Buffer.concat([hex('0000004e'), kerberos]), { to: 88 }],
    ['radius', hex(`0101002c${zeros(16)} 010662656e21 0212${'aa'.repeat(16)}`), { ...udp, to: 1812 }],
    ['tacacs', hex('c0010100 12345678 00000004 01020304'), {}],
    ['diameter', hex('01000014 80000101 00000000 00000001 00000002'), {}],
    ['syslog', '<34>1 2003-10-11T22:14:15.003Z host app - - - text', { ...udp, to: 9999 }],
    ['syslog', '<34>Oct 11 22:14:15 host su: failed', { to: 9999 }],
    ['', '<html>', { to: 9999 }],
    ['netflow', netflow5, { ...udp, to: 9999 }],
    ['netflow', template, { ...udp, to: 9999 }],
    ['', hex(`000a0020 ${zeros(12)} 00020011 01000002 00080004 000c0004`), { ...udp, to: 9999 }],
    ['sflow', hex(`00000005 00000001 c0000201 ${zeros(12)} 00000001`), { ...udp, to: 9999 }],
    ['bgp', bgp, {}],
    ['netbios-dgm', hex(`110e84ec c0a80102 008a0044 0000 20${zeros(67)}`), { ...udp, from: 138, to: 138 }],
    ['', hex(`110e84ec c0a80102 008a00bb 0000`), { ...udp, from: 138, to: 138 }],
  ])('%j', (application, content, around) => {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
    expect(recognised(bytes, around).application).toBe(application);
  });

  test('a bind of LDAP with a password is a log-in in clear text, an anonymous one is not', () => {
    const bind = hex('301802010160130201030406636e3d6d65658006736563726574');
    expect(recognised(bind, { to: 389 })).toMatchObject({ application: 'ldap', security: SECURITY.clearLogin });
    const anonymous = hex('300c020101600702010304008000');
    expect(recognised(anonymous, { to: 4000 })).toMatchObject({ application: 'ldap', security: SECURITY.unknown });
  });
});

describe('SMB', () => {
  const smb = (magic: string, command: string, flags = '00') =>
    hex(`00000040 ${magic}534d42 ${command} 00000000 ${flags}`);

  test('what the server goes on with says whether it is old', () => {
    const asked = recognised(smb('ff', '72'), { to: 445 });
    expect(asked).toMatchObject({ application: 'smb', security: SECURITY.unknown, watch: true });
    const known = { from: 445, side: 1 as const, application: 'smb' };
    expect(recognised(smb('ff', '72', '80'), known).security).toBe(SECURITY.smb1);
    expect(recognised(smb('fe', '40'), known).security).toBe(SECURITY.ok);
  });

  test('over NetBIOS the session comes first', () => {
    const request = hex('8100004420434b46444544');
    expect(recognised(request, { to: 139 })).toMatchObject({ application: 'netbios-ssn', watch: true });
    expect(recognised(smb('ff', '73'), { to: 139, application: 'netbios-ssn', turn: 1 }).application).toBe('smb');
  });
});
