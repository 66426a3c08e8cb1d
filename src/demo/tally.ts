/** How much was made, or seen, of something. */
export interface Tally {
  flows: number;
  packets: number;
  bytes: number;
}

/** What an exporter told, and the collector got, of something: `records` as they came, packets and octets before they are scaled by sampling. */
export interface Told {
  records: number;
  packets: number;
  bytes: number;
}

export const newTally = (): Tally => ({ flows: 0, packets: 0, bytes: 0 });
export const newTold = (): Told => ({ records: 0, packets: 0, bytes: 0 });
