import { applicationNumber } from '../../flow/index.ts';
import type { Finding } from './finding.ts';
import type { Form } from './forms.ts';
import type { Payload } from './payload.ts';
import { Prefilter } from './prefilter.ts';
import type { Recogniser, Recognition } from './recogniser.ts';

/** Asks the recognisers of one transport: those of the usual port first, then those whose payloads may look like this one. */
export class Dispatch {
  /** By port: where in `lists` its recognisers are; 0 none. */
  private readonly ofPort = new Uint16Array(65_536);
  private readonly lists: Recogniser[][] = [[]];
  private readonly prefilter: Prefilter;
  /** By form: whose it is. Those of one recogniser stand together. */
  private readonly ofForm: readonly Recogniser[];
  private readonly watchers: (Recogniser | undefined)[] = [];

  constructor(recognitions: readonly Recognition[]) {
    for (const { recogniser, ports, watches = [], watcher } of recognitions) {
      for (const port of ports) this.addPort(port, recogniser);
      for (const name of watches) this.watchers[applicationNumber(name)] = watcher;
    }
    const forms = recognitions.flatMap((recognition) =>
      formsOf(recognition).map((form) => ({ form, recogniser: recognition.recogniser })),
    );
    this.prefilter = new Prefilter(forms.map(({ form }) => form));
    this.ofForm = forms.map(({ recogniser }) => recogniser);
  }

  recognise(payload: Payload, out: Finding): void {
    if (payload.length <= 0) return;
    if (payload.application !== 0) {
      this.watchers[payload.application]?.(payload, out);
      return;
    }
    const { srcPort, dstPort } = payload;
    const [toPort, fromPort] = [this.ofPort[dstPort]!, this.ofPort[srcPort]!];
    if (toPort !== 0 && ask(this.lists[toPort]!, payload, out)) return;
    if (fromPort !== 0 && ask(this.lists[fromPort]!, payload, out)) return;
    const { prefilter } = this;
    if (!prefilter.look(payload.data, payload.at, payload.length)) return;
    const { first, second, third } = prefilter;
    if (this.askForms(first, 0, payload, out) || this.askForms(second, 32, payload, out)) return;
    this.askForms(third, 64, payload, out);
  }

  /** Whether a recogniser expects servers there. */
  hasPort(port: number): boolean {
    return this.ofPort[port] !== 0;
  }

  /** Asks the recognisers whose forms have a bit in a word, the first of which is form `from`. */
  private askForms(word: number, from: number, payload: Payload, out: Finding): boolean {
    let before: Recogniser | undefined;
    for (let bits = word; bits !== 0; bits &= bits - 1) {
      const recogniser = this.ofForm[from + 31 - Math.clz32(bits & -bits)]!;
      if (recogniser !== before && recogniser(payload, out)) return true;
      before = recogniser;
    }
    return false;
  }

  private addPort(port: number, recogniser: Recogniser): void {
    if (this.ofPort[port] === 0) this.ofPort[port] = this.lists.push([]) - 1;
    this.lists[this.ofPort[port]!]!.push(recogniser);
  }
}

/** None where the first byte may be none: the port alone says when it is asked. */
export function formsOf({ first, forms = [{}] }: Recognition): readonly Form[] {
  if (first === undefined) return forms;
  if (first.length === 0) return [];
  return forms.map((form) => ({
    ...form,
    at: { ...form.at, 0: first.filter((byte) => form.at?.[0]?.includes(byte) ?? true) },
  }));
}

function ask(recognisers: readonly Recogniser[], payload: Payload, out: Finding): boolean {
  for (let i = 0; i < recognisers.length; i++) if (recognisers[i]!(payload, out)) return true;
  return false;
}
