/** One after the other, in the order in which they asked. */
export class Mutex {
  private last: Promise<unknown> = Promise.resolve();
  private asked = 0;

  /** Whether somebody works, or waits to. */
  get busy(): boolean {
    return this.asked > 0;
  }

  /** Runs `work` when all that asked before has ended, however it ended; within the call where nobody is before. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const free = !this.busy;
    this.asked += 1;
    const turn = (free ? call(work) : this.last.then(work)).finally(() => {
      this.asked -= 1;
    });
    this.last = turn.catch(() => undefined);
    return turn;
  }
}

/** As a promise also where it throws at once. */
async function call<T>(work: () => Promise<T>): Promise<T> {
  return work();
}
