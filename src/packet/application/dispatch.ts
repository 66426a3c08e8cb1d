import { applicationNumber } from '../../flow/index.ts';
import type { Finding } from './finding.ts';
import type { Payload } from './payload.ts';
import type { Recogniser, Recognition } from './recogniser.ts';

/** Asks the recognisers of one transport, those of the usual port first, and none whose payloads begin otherwise. */
export class Dispatch {
  /** By port: where in `lists` its recognisers are; 0 none. */
  private readonly ofPort = new Uint16Array(65_536);
  private readonly lists: Recogniser[][] = [[]];
  private readonly ofFirst: Recogniser[][] = Array.from({ length: 256 }, () => []);
  private readonly watchers: (Recogniser | undefined)[] = [];

  constructor(recognitions: readonly Recognition[]) {
    for (const recognition of recognitions) {
      const { recogniser, ports, first, watches = [], watcher } = recognition;
      for (const port of ports) this.addPort(port, recogniser);
      for (const byte of first ?? this.ofFirst.keys()) this.ofFirst[byte]!.push(recogniser);
      for (const name of watches) this.watchers[applicationNumber(name)] = watcher;
    }
  }

  recognise(payload: Payload, out: Finding): void {
    if (payload.length <= 0) return;
    if (payload.application !== 0) {
      this.watchers[payload.application]?.(payload, out);
      return;
    }
    const { srcPort, dstPort } = payload;
    if (ask(this.lists[this.ofPort[dstPort]!]!, payload, out)) return;
    if (ask(this.lists[this.ofPort[srcPort]!]!, payload, out)) return;
    ask(this.ofFirst[payload.data.getUint8(payload.at)]!, payload, out);
  }

  /** Whether a recogniser expects servers there. */
  hasPort(port: number): boolean {
    return this.ofPort[port] !== 0;
  }

  private addPort(port: number, recogniser: Recogniser): void {
    if (this.ofPort[port] === 0) this.ofPort[port] = this.lists.push([]) - 1;
    this.lists[this.ofPort[port]!]!.push(recogniser);
  }
}

function ask(recognisers: readonly Recogniser[], payload: Payload, out: Finding): boolean {
  for (let i = 0; i < recognisers.length; i++) if (recognisers[i]!(payload, out)) return true;
  return false;
}
