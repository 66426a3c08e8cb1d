import { encode, type Packet } from 'dns-packet';
import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../flow/index.ts';
import { recognised } from './payloads.testing.ts';

const UDP = { protocol: 17, to: 53 };
const question = (name: string, type: 'A' | 'AAAA' = 'A') => [{ name, type, class: 'IN' as const }];
const a = (name: string, data: string) => ({ type: 'A' as const, name, data, ttl: 300, class: 'IN' as const });
const cname = (name: string, data: string) => ({ type: 'CNAME' as const, name, data, ttl: 60, class: 'IN' as const });
const answer = (packet: Packet) => encode({ type: 'response', id: 7, flags: 0x180, ...packet });

describe('DNS', () => {
  test('a question has the name that is asked for', () => {
    const asked = encode({ type: 'query', id: 1, flags: 0x100, questions: question('WWW.Example.com') });
    expect(recognised(asked, UDP)).toMatchObject({ application: 'dns', name: 'www.example.com', watch: true });
    expect(recognised(asked, { protocol: 17, to: 5300 }).application).toBe('dns');
  });

  test('an answer names addresses of what was asked for and of what that leads to, in any order', () => {
    const bytes = answer({
      questions: question('a.example'),
      answers: [
        a('c.example', '192.0.2.3'),
        cname('b.example', 'c.example'),
        cname('a.example', 'b.example'),
        a('other.example', '192.0.2.9'),
      ],
    });
    const said = recognised(bytes, { ...UDP, from: 53, to: 4000 });
    expect(said.name).toBe('a.example');
    expect(said.named).toEqual([{ address: [...parseAddress('192.0.2.3')!], ttl: 300 }]);
  });

  test('over TCP the length stands before it', () => {
    const asked = encode({ type: 'query', id: 1, flags: 0x100, questions: question('example.com') });
    const stream = Buffer.concat([Buffer.from([0, asked.length]), asked]);
    expect(recognised(stream, { to: 53 })).toMatchObject({ application: 'dns', name: 'example.com' });
  });

  test('names that lead in a circle end', () => {
    const bytes = answer({
      questions: question('a.example'),
      answers: [cname('a.example', 'b.example'), cname('b.example', 'a.example'), a('b.example', '192.0.2.1')],
    });
    expect(recognised(bytes, UDP).named).toHaveLength(1);
  });

  test.each([
    [2, 1],
    [20, 0],
  ])(
    'behind %j names that are long and alike, an address of the one that was asked for is read: %j',
    (count, named) => {
      const long = 'a.'.repeat(100);
      const others = Array.from({ length: count }, () => a(`${long}other`, '192.0.2.9'));
      const bytes = answer({ questions: question(`${long}name`), answers: [...others, a(`${long}name`, '192.0.2.1')] });
      expect(recognised(bytes, UDP).named).toHaveLength(named);
    },
  );

  test('a pointer to itself is no name', () => {
    const asked = Buffer.from('000101000001000000000000c00c00010001', 'hex');
    expect(recognised(asked, UDP)).toMatchObject({ application: 'dns', name: '' });
  });

  test('answers of DNSCrypt are known by their first bytes', () => {
    const sealed = Buffer.concat([Buffer.from('r6fnvWj8'), Buffer.alloc(60, 0xa5)]);
    expect(recognised(sealed, { protocol: 17, from: 443, side: 1 }).application).toBe('dnscrypt');
  });

  test('multicast DNS and LLMNR are told by their ports', () => {
    const asked = encode({ type: 'query', id: 0, questions: question('printer.local') });
    expect(recognised(asked, { protocol: 17, from: 5353, to: 5353 }).application).toBe('mdns');
    expect(recognised(asked, { protocol: 17, to: 5355 }).application).toBe('llmnr');
  });

  test('bytes on another port that are a header of DNS and no more are not taken for it', () => {
    const asked = Buffer.from('0001010000010000000000000161000001000101', 'hex');
    expect(recognised(asked, { protocol: 17, to: 9999 }).application).toBe('');
  });
});
