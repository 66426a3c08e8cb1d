/**
 * demo: a campus that does not exist, its traffic for some days, and what its exporters tell of it.
 * In: a seed, days, a number of flows, the end. Out: the capture that a collector would make of these exports, the truth of what was planted, a configuration.
 * The same options give the same bytes. Must not write files, read a clock or know a store.
 */
export { configurationOf, LIST_TEXT } from './configuration.ts';
export { Demo } from './demo.ts';
export { DEFAULT_FLOWS } from './planted.ts';
export { silencesOf } from './silence.ts';
export { demoSource, isDemoSource } from './source-name.ts';

export { type Truth, truthOf } from './truth.ts';
