import { bitRate, short } from './format.ts';

/** What the graph of traffic can show, for each second. */
export interface GraphMetric {
  readonly name: string;
  /** On its button. */
  readonly label: string;
  readonly title: string;
  /** The metric of questions that is drawn, and the one of its largest minute. */
  readonly mean: string;
  readonly peak: string;
  /** What the peak is divided by: 60 where it is the sum of a minute. */
  readonly peakSeconds: number;
  readonly format: (value: number) => string;
}

export const GRAPH_METRICS: readonly GraphMetric[] = [
  { name: 'bps', label: 'b/s', title: 'Traffic', mean: 'bps', peak: 'peak_bps', peakSeconds: 1, format: bitRate },
  {
    name: 'pps',
    label: 'packets/s',
    title: 'Packets',
    ...{ mean: 'pps', peak: 'peak_pps', peakSeconds: 1 },
    format: (value) => `${short(value)}packets/s`,
  },
  {
    name: 'fps',
    label: 'flows/s',
    title: 'Flows',
    ...{ mean: 'fps', peak: 'peak_flows', peakSeconds: 60 },
    format: (value) => `${short(value)}flows/s`,
  },
];

/** The graph of hosts, which are counted and not added up. */
export const HOSTS = 'hosts';
export const DEFAULT_GRAPH = 'bps';
export const GRAPH_HEIGHT = 300;
