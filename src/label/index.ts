/**
 * label: rows -> named rows: the direction across the border of the home networks, and sites, by configured prefixes.
 * In: rows of a FlowBatch that a decoder or meter wrote, and configuration. Out: more columns of the same rows. Must not open files or sockets,
 * must not read a clock, must not allocate per row.
 */
export { type HomeNetworks, homePrefixes, NO_HOME } from './home-networks.ts';
export { Sites } from './sites.ts';
