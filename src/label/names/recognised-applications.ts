import { findApplication } from '../../flow/index.ts';
import { isRecognisedAt } from '../../packet/index.ts';

/** Whether a meter that sees the first payloads of this application knows them: then what it does not know is not this, whatever the port. */
export function hasRecogniser(name: string, transport: 'tcp' | 'udp'): boolean {
  const ports = findApplication(name)?.[transport] ?? [];
  return ports.some((port) => isRecognisedAt(transport, port));
}
