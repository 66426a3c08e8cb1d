import { LineTail } from './line-tail.ts';
import { type ProxyRequest, parseProxyLine } from './proxy-line.ts';

export interface ProxyLogCounts {
  requests: number;
  not_a_line: number;
  no_server: number;
  too_long: number;
}

/** The requests that are written to the access log of a proxy while this host is metered. */
export class ProxyLog {
  readonly path: string;
  private readonly tail: LineTail;
  private readonly counted: ProxyLogCounts = { requests: 0, not_a_line: 0, no_server: 0, too_long: 0 };

  constructor(path: string) {
    this.path = path;
    this.tail = new LineTail(path);
  }

  get counts(): Readonly<ProxyLogCounts> {
    this.counted.too_long = this.tail.tooLong;
    return this.counted;
  }

  /** Why the log cannot be read at the moment; null where it can. */
  get problem(): string | null {
    return this.tail.problem;
  }

  /** Gives what came since the last look. */
  look(each: (request: ProxyRequest) => void): void {
    this.tail.look((line) => {
      const request = parseProxyLine(line);
      if (typeof request === 'string') this.counted[request] += 1;
      else {
        this.counted.requests += 1;
        each(request);
      }
    });
  }

  close(): void {
    this.tail.close();
  }
}
