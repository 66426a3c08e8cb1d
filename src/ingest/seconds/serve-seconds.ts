import type { MessagePort } from 'node:worker_threads';
import type { FlowSeconds } from './flow-seconds.ts';
import type { SecondsQuestion } from './second-messages.ts';

/** Tells the seconds of one question through a port, until it is closed. */
export function serveSeconds(
  seconds: FlowSeconds,
  port: MessagePort,
  question: SecondsQuestion,
  nowMs: number,
  onEnd: () => void,
): void {
  const end = seconds.ask(question, nowMs, (second) => port.postMessage(second));
  port.on('close', () => {
    end();
    onEnd();
  });
}
