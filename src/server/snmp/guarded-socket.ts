import { createSocket, type Socket, type SocketType } from 'node:dgram';

/**
 * A socket for net-snmp whose listener of answers may throw: some answers, such as a report to a question of version 2c, make it do so, and then
 * nobody else hears of the question again.
 */
export function guardedSockets(onThrow: (error: Error) => void): { createSocket: (type: SocketType) => Socket } {
  return {
    createSocket: (type) => {
      const socket = createSocket(type);
      const on = socket.on.bind(socket) as (event: string, listener: Listener) => Socket;
      const guarded = (event: string, listener: Listener) =>
        on(event, event === 'message' ? guard(listener) : listener);
      return Object.assign(socket, { on: guarded });
    },
  };

  function guard(listener: Listener): Listener {
    return (...answer) => {
      try {
        listener(...answer);
      } catch (error) {
        onThrow(error as Error);
      }
    };
  }
}

type Listener = (...values: unknown[]) => void;
