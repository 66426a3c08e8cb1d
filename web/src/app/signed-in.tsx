import { Alert } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useLocation } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { session } from '../api/access.ts';
import { ApiError } from '../api/fetch-json.ts';
import { FirstVisit } from './first-visit.tsx';
import { SignIn } from './sign-in.tsx';

/** The page for whoever the node knows; for others what they have to do first. Nothing is asked before. */
export function SignedIn({ children }: { children: ReactNode }) {
  const { data, error } = useQuery(session());
  const { pathname } = useLocation();
  if (pathname === '/first') return <FirstVisit />;
  if (error instanceof ApiError && error.status === 401) return <SignIn why={error} />;
  if (data !== undefined) return children;
  return error === null ? null : <Alert color="red">{error.message}</Alert>;
}
