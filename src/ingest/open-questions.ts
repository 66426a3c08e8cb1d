import type { OpenFlows } from './piped-messages.ts';

/** A question is given up after so long. */
const ANSWER_MS = 10_000;

/** Questions for open flows that a meter in another process has not answered yet. */
export class OpenQuestions {
  private readonly asked = new Map<number, (answer: OpenFlows | null) => void>();
  private nextId = 1;

  /** `send` puts it to the process, under this number. Null where that does not answer. */
  ask(send: (id: number) => void): Promise<OpenFlows | null> {
    const id = this.nextId++;
    return new Promise((resolve) => {
      const late = setTimeout(() => this.answered(id, null), ANSWER_MS);
      this.asked.set(id, (answer) => {
        clearTimeout(late);
        resolve(answer);
      });
      send(id);
    });
  }

  answered(id: number, answer: OpenFlows | null): void {
    this.asked.get(id)?.(answer);
    this.asked.delete(id);
  }

  /** Nobody answers any more. */
  giveUp(): void {
    for (const id of [...this.asked.keys()]) this.answered(id, null);
  }
}
