import '@mantine/core/styles.layer.css';
import './app/app.css';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { session } from './api/access.ts';
import { queryClient } from './api/query-client.ts';
import { styleNonce } from './app/nonce.ts';
import { isPublic } from './app/public-path.ts';
import { router } from './app/router.tsx';
import { cssVariables, theme } from './app/theme.ts';

// All pages but what is published wait for it: asked while the rest is made.
if (!isPublic(location.pathname)) void queryClient.prefetchQuery(session());

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => styleNonce}
    >
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
