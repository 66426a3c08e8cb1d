import { existsSync, readFileSync } from 'node:fs';
import { asWeirError, type Log } from '../base/index.ts';
import { replaceFile } from '../store/index.ts';
import type { PipelineState } from './pipeline-options.ts';
import type { SavedStream } from './stream.ts';

/** Those seen last that are kept: more than a node can be set to tell apart have not come in one run. */
const MAX_STREAMS = 65_536;

/**
 * Where each export stream stood when the node ended, so that what its exporter sent while nobody listened is a gap like any other, and not
 * a silence. Written when the node stops; after a crash it is made from the journal.
 */
export class StreamStates {
  private readonly path: string;
  private readonly log: Log;
  private readonly streams = new Map<string, SavedStream>();

  constructor(path: string, log: Log) {
    this.path = path;
    this.log = log;
    this.add(this.read());
  }

  /** Of two states of a stream the later one counts. */
  add(state: PipelineState): void {
    // What a connection told ends with it, and what our own meter told with its thread.
    if (state.connections || state.metered) return;
    for (const stream of state.streams) {
      const [exporter, port, domain, , lastMs, , family = 0, address = []] = stream;
      const key = `${exporter} ${port} ${domain} ${family} ${address.join()}`;
      const known = this.streams.get(key);
      if (!known || known[4] <= lastMs) this.streams.set(key, stream);
    }
  }

  get state(): PipelineState {
    const latest = [...this.streams.values()].sort((a, b) => b[4] - a[4]);
    return { streams: latest.slice(0, MAX_STREAMS) };
  }

  /** A disk that refuses costs only the account of what is sent until the next start. */
  write(): void {
    try {
      replaceFile(this.path, JSON.stringify(this.state));
    } catch (error) {
      this.log.warn(
        { err: asWeirError(error) },
        'the state of the export streams could not be written: what is sent until the next start is not counted as lost',
      );
    }
  }

  private read(): PipelineState {
    if (!existsSync(this.path)) return { streams: [] };
    try {
      const { streams } = JSON.parse(readFileSync(this.path, 'utf8')) as PipelineState;
      return {
        streams: Array.isArray(streams) ? streams.filter((s) => Array.isArray(s) && typeof s[4] === 'number') : [],
      };
    } catch (error) {
      this.log.warn(
        { err: asWeirError(error) },
        'the state of the export streams is not readable: their sequences begin anew',
      );
      return { streams: [] };
    }
  }
}
