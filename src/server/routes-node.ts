import { z } from 'zod';
import { WeirError } from '../base/index.ts';
import { isDemoSource } from '../demo/index.ts';
import type { ImportService } from '../ingest/index.ts';
import type { Caller } from './access/caller.ts';
import { type Api, answered, typed } from './api-schema.ts';
import { checkMetered } from './live-stream.ts';
import type { NodeState } from './node-state.ts';
import { reachableAddresses } from './own-addresses.ts';

const addressSchema = z.object({
  address: z.string(),
  interface: z.string(),
  loopback: z.boolean().describe('only this machine can send there'),
});

const nodeSchema = z.object({
  version: z.string(),
  doors: z
    .array(
      z.object({
        name: z.string().describe('`netflow`, `ipfix`, `sflow`: UDP; `ipfix-tcp`: TCP'),
        address: z.string().describe('where it listens; 0.0.0.0 is every address, IPv6 too'),
        port: z.number(),
        addresses: z.array(addressSchema).describe('where exporters reach it, the likeliest first'),
      }),
    )
    .describe('open ports for flows; each UDP port takes every format'),
  no_live_view: z.string().nullable().describe('why this machine is not shown second by second; null where it is'),
  made_up: z.array(z.string()).describe('sources whose records were made up by `weir demo`'),
});

/** What a page must know before it asks anything: where flows can be sent to, and whether what is stored is real. */
export function addNodeRoute(
  api: Api,
  node: NodeState,
  { version, imports }: { readonly version: string; readonly imports?: ImportService },
): void {
  typed(api).get(
    '/api/v1/node',
    {
      config: { needs: 'viewer', limit: 'kept' },
      schema: {
        summary: 'Open ports for flows, the addresses at which exporters reach them, and what is made up',
        tags: ['node'],
        response: answered(nodeSchema),
      },
    },
    async ({ caller }): Promise<z.output<typeof nodeSchema>> => ({
      version,
      doors: node.doors().map(({ name, address, port }) => ({
        ...{ name, address, port },
        addresses: reachableAddresses(address),
      })),
      no_live_view: await noLiveView(node, caller),
      made_up: madeUpSources(imports),
    }),
  );
}

/** In place of an error that a page would run into. */
async function noLiveView(node: NodeState, { limit }: Caller): Promise<string | null> {
  if (limit !== null) return 'What this machine sends is of all traffic, and you see a part of it.';
  try {
    await checkMetered(node);
    return null;
  } catch (error) {
    if (error instanceof WeirError) return error.message;
    throw error;
  }
}

/** Sources whose records `weir demo` made. */
export function madeUpSources(imports: ImportService | undefined): string[] {
  return (imports?.sources() ?? []).map(({ name }) => name).filter(isDemoSource);
}
