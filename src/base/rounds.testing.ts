/** Whether this is `npm run test:long`. */
export const isLong = process.env.WEIR_LONG === '1';

/**
 * How often a test tries at random, or how much of what can be tried: `few` in `npm test`, which has to be over while somebody waits for it, and `many` in
 * `npm run test:long`, which has the night. What is tried differs from run to run; what fails says with which seed.
 */
export function rounds(few: number, many: number): number {
  return isLong ? many : few;
}
