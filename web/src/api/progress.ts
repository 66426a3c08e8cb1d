import { hashKey, type QueryKey } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';

/** How far the node is with questions that take long, by their key. */
const shares = new Map<string, number>();
const listeners = new Set<() => void>();

function set(key: string, share: number | null): void {
  if (share === null) shares.delete(key);
  else shares.set(key, share);
  for (const listener of listeners) listener();
}

/** Keeps what the node tells of a question; null: it is over. */
export function told(queryKey: QueryKey): (share: number | null) => void {
  const key = hashKey(queryKey);
  return (share) => set(key, share);
}

/** 0..1 as far as the node has told; null for a question that is answered at once. */
export function useProgress(queryKey: QueryKey): number | null {
  const key = hashKey(queryKey);
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => shares.get(key) ?? null,
  );
}
