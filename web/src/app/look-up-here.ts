import { createContext } from 'react';

/** Shows what is known of an address; `done` when it is closed, which has the focus to give back. */
export const LookUpHere = createContext<(address: string, done: () => void) => void>(() => {});
