import type { AgentOrder, AgentQuestions, AgentReport } from './agent-messages.ts';

/** Asks the resident process of the agent. */
export type AskParent = <What extends keyof AgentQuestions>(
  what: What,
  argument: AgentQuestions[What]['argument'],
) => Promise<AgentQuestions[What]['value']>;

/** The asking side, in a child process with a channel. Nothing is answered once the channel is closed: then the process ends. */
export function askParent(): AskParent {
  const waiting = new Map<number, (value: never) => void>();
  let nextId = 1;
  process.on('message', (order: AgentOrder) => {
    if (order.type !== 'answer') return;
    waiting.get(order.id)?.(order.value as never);
    waiting.delete(order.id);
  });
  return (what, argument) =>
    new Promise((resolve) => {
      const id = nextId++;
      waiting.set(id, resolve);
      process.send?.({ type: 'ask', id, what, argument } satisfies AgentReport);
    });
}
