import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientHello } from './client-hello.testing.ts';
import { Conversations, type Ends } from './conversations.testing.ts';

const ENDS: Ends = { fromPort: 40_000, toPort: 8_123 };
const PUSH = 24;

const HELLO = await clientHello('www.example.com');

interface Piece {
  from: number;
  to: number;
}

/** The stream in up to seven pieces, any of which may come twice, in any order. */
const pieces = fc
  .record({
    cuts: fc.uniqueArray(fc.integer({ min: 1, max: HELLO.length - 1 }), { maxLength: 6 }),
    twice: fc.boolean(),
    overlap: fc.nat(40),
  })
  .chain(({ cuts, twice, overlap }) => {
    const edges = [0, ...cuts.sort((a, b) => a - b), HELLO.length];
    const list: Piece[] = edges.slice(1).map((to, i) => ({ from: Math.max(0, edges[i]! - overlap), to }));
    if (twice) list.push(list[0]!);
    return fc.shuffledSubarray(list, { minLength: list.length });
  });

function namesOf(list: readonly Piece[], biflow: boolean) {
  const conversation = new Conversations({ biflow, duplicates: 'counted' });
  conversation.open(ENDS);
  for (const { from, to } of list) conversation.tcp(ENDS, PUSH, HELLO.subarray(from, to), 1001 + from);
  return conversation.end();
}

describe('a stream of TCP has the same name', () => {
  it.each([false, true])(
    'however it is cut, in whatever order it comes, and what of it comes twice (biflow %s)',
    (biflow) => {
      fc.assert(
        fc.property(pieces, (list) => {
          const flows = namesOf(list, biflow);
          expect(flows).toHaveLength(biflow ? 1 : 2);
          for (const { application, evidence, name, source } of flows)
            expect([application, evidence, name, source]).toEqual(['tls', 'payload', 'www.example.com', 'payload']);
        }),
        { numRuns: 150 },
      );
    },
  );
});
