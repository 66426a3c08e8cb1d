import { expect, test } from 'vitest';
import { completeFilter } from './index.ts';

const sets = { servers: ['10.0.0.1'], web: ['80'] };

/** The completion at `|`. */
function at(text: string) {
  const cursor = text.indexOf('|');
  const { from, candidates } = completeFilter(text.replace('|', ''), cursor, { sets });
  return { from, texts: candidates.map((c) => c.text), candidates };
}

// text with the cursor, where the replaced text begins, some candidates, some that must not be there
test.each([
  ['|', 0, ['src_port', 'proto', 'flags', 'bytes', 'not', '(', 'either (', 'any'], ['and', '=', 'tcp']],
  ['dst_p|', 0, ['dst_port'], ['src_port', 'not']],
  ['serv|', 0, ['service_port', 'server_name'], ['src_port']],
  ['site |', 5, ['=', 'like', 'in'], ['<', 'and']],
  ['direction |', 10, ['in', 'out', 'inside', 'through', '='], ['<', 'like']],
  ['any and dst_p|', 8, ['dst_port'], ['src_port']],
  ['(|', 1, ['src_port', 'not'], ['and', ')']],
  ['not |', 4, ['src_port'], ['and']],
  ['swap (src|', 6, ['src_port', 'src port'], ['dst_port']],
  ['src |', 0, ['src port', 'src ip', 'src or dst port'], ['dst port', 'src_port']],
  ['any or src po|', 7, ['src port'], ['src ip']],
  ['src and |', 0, ['src and dst port'], ['src or dst port']],
  ['port |', 5, ['=', '!=', '>', 'in'], ['and', 'like']],
  ['proto |', 6, ['tcp', 'udp', '='], ['and', 'src_port']],
  ['proto t|', 6, ['tcp'], ['udp']],
  ['proto = t|', 8, ['tcp'], ['udp']],
  ['sampling_origin = |', 18, ['record', 'options'], ['and', 'tcp']],
  ['sampling_origin > |', 18, ['record'], ['tcp']],
  ['sampling_origin |', 16, ['=', 'in', 'record'], ['>', 'like']],
  ['src_addr |', 9, ['=', 'in'], ['<', 'like']],
  ['src_port < |', 11, ['dst_port'], ['src_addr', 'start', 'src_port']],
  ['src_port < dst|', 11, ['dst_port', 'dst_as'], ['src_as']],
  ['ip in |', 6, ['@servers', '@web'], ['and']],
  ['ip in @s|', 6, ['@servers'], ['@web']],
  ['ip in [10.0.0.1 |', 16, ['@servers', ']'], ['and']],
  ['proto in [tcp, u|', 15, ['udp'], ['tcp']],
  ['port 80 |', 8, ['and', 'or'], [')', 'src_port']],
  ['(port 80 |', 9, ['and', 'or', ')'], ['src_port']],
  ['(port 80) |', 10, ['and', 'or'], [')', 'src_port']],
  ['any |', 4, ['and', 'or'], ['src_port']],
  ['port in [80] |', 13, ['and'], [']']],
  ['port 80 a|', 8, ['and'], ['or']],
  ['port 80 and |', 12, ['src_port'], ['and']],
  ['# comment\n pro|', 11, ['proto', 'protocol'], ['and']],
  ['po| and any', 0, ['port'], ['and']],
])('%s', (text, from, some, none) => {
  const completion = at(text);
  expect(completion.from).toBe(from);
  expect(completion.texts).toEqual(expect.arrayContaining(some));
  for (const word of none) expect(completion.texts).not.toContain(word);
});

test('candidates say what they are', () => {
  const { candidates } = at('|');
  expect(candidates.find((c) => c.text === 'src_port')).toEqual({
    text: 'src_port',
    kind: 'field',
    info: 'source port; 0 where the protocol has none',
  });
  expect(candidates.find((c) => c.text === 'not')?.kind).toBe('keyword');
  expect(at('port |').candidates[0]).toEqual({ text: '=', kind: 'operator', info: 'is equal to' });
  expect(at('proto t|').candidates[0]?.kind).toBe('value');
});

test('a cursor outside the text, and a text that is too long, are no failure', () => {
  expect(completeFilter('po', 99).candidates.map((c) => c.text)).toContain('port');
  expect(completeFilter('po', -5).from).toBe(0);
  expect(completeFilter('x'.repeat(100_000), 100_000).candidates).toEqual([]);
});
