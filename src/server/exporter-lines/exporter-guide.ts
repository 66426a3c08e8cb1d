/** Where an exporter sends to: one port of this node, at an address that the exporter can reach. */
export interface Target {
  readonly address: string;
  readonly port: number;
  /** Both as one word, IPv6 in brackets. */
  readonly hostPort: string;
}

/** The datagram ports, by what exporters send there by habit; each takes every format. */
export type HabitualDoor = 'netflow' | 'ipfix' | 'sflow';

/** One way in which an exporter can send. */
interface ExportWay {
  readonly title: string;
  readonly door: HabitualDoor;
  readonly text: (to: Target) => string;
  /** What is to be done by hand, not typed as commands. */
  readonly isSteps?: true;
}

/** How one kind of exporter is told to send to this node. */
export interface ExporterGuide {
  readonly id: string;
  readonly name: string;
  /** Whether these very lines were run by us; else they are put together from the maker's manual. */
  readonly isTried: boolean;
  /** Where the maker says it. */
  readonly manual: string;
  /** What must be put in, and what to know. */
  readonly note: string;
  /** What the exporter itself tells of it. */
  readonly check: string;
  readonly ways: readonly ExportWay[];
}
