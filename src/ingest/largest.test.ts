import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Largest } from './largest.ts';

test('the largest of any values are those that sorting gives', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 20 }), (values, limit) => {
      const largest = new Largest<number>(limit);
      for (const v of values) {
        const before = largest.sorted();
        const taken = largest.takes(v);
        largest.add(v, v);
        if (!taken) expect(largest.sorted()).toEqual(before);
      }
      expect(largest.sorted()).toEqual([...values].sort((a, b) => b - a).slice(0, limit));
    }),
  );
});
