/** A question is given up after so long. */
const ANSWER_MS = 10_000;

/** Questions that a meter in another process has not answered yet. */
export class OpenQuestions {
  private readonly asked = new Map<number, (answer: never) => void>();
  private nextId = 1;

  /** `send` puts it to the process, under this number. Null where that does not answer within the time. */
  ask<T>(send: (id: number) => void, withinMs = ANSWER_MS): Promise<T | null> {
    const id = this.nextId++;
    return new Promise((resolve) => {
      const late = setTimeout(() => this.answered(id, null), withinMs);
      this.asked.set(id, (answer: T | null) => {
        clearTimeout(late);
        resolve(answer);
      });
      send(id);
    });
  }

  answered(id: number, answer: unknown): void {
    this.asked.get(id)?.(answer as never);
    this.asked.delete(id);
  }

  /** Nobody answers any more. */
  giveUp(): void {
    for (const id of [...this.asked.keys()]) this.answered(id, null);
  }
}
