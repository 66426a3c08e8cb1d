/** What configuration says of the exporters of one prefix. */
export interface ExporterSettings {
  /** One packet in `rate` is looked at: `default` where the exporter says nothing, `override` whatever it says. */
  readonly sampling?: { readonly rate: number; readonly mode: 'default' | 'override' };
  /** What the AS fields of NetFlow v5, v7 and v9 hold on this exporter; they do not tell themselves. */
  readonly asType: 'origin' | 'peer';
  /** Packets that sFlow or IPFIX carry are read to the innermost tunnel. */
  readonly tunnels: 'outer' | 'inner';
}

export const DEFAULT_EXPORTER_SETTINGS: ExporterSettings = { asType: 'origin', tunnels: 'outer' };

/** An information element that configuration maps to a column, beyond the built-in table. */
export interface ElementMapping {
  readonly pen: number;
  readonly id: number;
  readonly column: string;
}
