/** One after the other, in the order in which they asked. */
export class Mutex {
  private last: Promise<unknown> = Promise.resolve();

  /** Runs `work` when all that asked before has ended, however it ended. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(work);
    this.last = turn.catch(() => undefined);
    return turn;
  }
}
