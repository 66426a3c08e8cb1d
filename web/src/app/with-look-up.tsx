import { lazy, type ReactNode, Suspense, useState } from 'react';
import { LookUpHere } from './look-up-here.ts';

/** Loaded when somebody asks. */
const LookUp = lazy(async () => ({ default: (await import('../parts/look-up.tsx')).LookUp }));

interface Asked {
  readonly address: string;
  readonly done: () => void;
}

/** One place for it, around all that can ask: it stands in tables, and has some. */
export function WithLookUp({ children }: { children: ReactNode }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const close = () => {
    setAsked(null);
    asked?.done();
  };
  return (
    <LookUpHere value={(address, done) => setAsked({ address, done })}>
      {children}
      {asked !== null && (
        <Suspense fallback={null}>
          <LookUp address={asked.address} close={close} />
        </Suspense>
      )}
    </LookUpHere>
  );
}
