import { isIP } from 'node:net';
import { z } from 'zod';

/** What a node keeps of each kind at most, and in all, in bytes of its file. */
export const MOST_SAVED = 1_000;
/** Of one owner: nobody takes the place of all others. */
export const MOST_OF_OWNER = 500;
export const MOST_PUBLISHED = 100;
export const MOST_BYTES = 8_000_000;
const MOST_PANELS = 24;
const MOST_PARTS = 32;

const nameSchema = z
  .string()
  .trim()
  .min(1)
  .max(120)
  .regex(/^\P{Cc}*$/u, 'expected a line of text');
const idSchema = z.string().regex(/^[A-Za-z0-9_-]{8,40}$/);
const HOST_PAGE = /^\/host\/[\da-f.:]+$/i;
/** Of the pages with an address in their path there is one; nothing else may have dots or colons. */
const pageSchema = z
  .string()
  .max(61)
  .refine(
    (path) =>
      /^\/[a-z0-9/-]*$/.test(path) || (HOST_PAGE.test(path) && isIP(path.slice(path.lastIndexOf('/') + 1)) !== 0),
    'expected the path of a page such as /explore or /host/192.0.2.1',
  );

const stateSchema = z
  .record(
    z.string().regex(/^[a-z][a-z0-9_]{0,31}$/i),
    z.union([z.string().max(65_536), z.number().finite(), z.boolean()]),
  )
  .refine((state) => Object.keys(state).length <= MOST_PARTS, `expected ${MOST_PARTS} parts at most`)
  .describe('what stands in the address of the page after `?`: range, filter, dimensions, metric, chart');

export type ViewState = z.output<typeof stateSchema>;

const sharedSchema = z.boolean().default(false).describe('whether others of this node may read it');

/** What a client gives of a view. */
export const viewInputSchema = z.strictObject({
  name: nameSchema,
  page: pageSchema,
  state: stateSchema,
  shared: sharedSchema,
});

/** What a client gives of a dashboard. */
export const dashboardInputSchema = z.strictObject({
  name: nameSchema,
  shared: sharedSchema,
  panels: z
    .array(z.strictObject({ view: idSchema, width: z.int().min(1).max(3).describe('thirds of the page') }))
    .max(MOST_PANELS),
});

const keptParts = {
  id: idSchema,
  owner: z.string(),
  version: z.int().min(1).describe('counts up with each change; the ETag of the answer'),
  created: z.number().describe('ms since 1970'),
  changed: z.number().describe('ms since 1970'),
};
export const viewSchema = viewInputSchema.extend(keptParts);
export const dashboardSchema = dashboardInputSchema.extend(keptParts);
export type SavedView = z.output<typeof viewSchema>;
export type SavedDashboard = z.output<typeof dashboardSchema>;

/** One chart as it was when it was published. */
const publishedPanelSchema = z.strictObject({
  title: z.string(),
  page: pageSchema,
  state: stateSchema,
  width: z.int().min(1).max(3),
});
export type PublishedPanel = z.output<typeof publishedPanelSchema>;

export const publicationSchema = z.strictObject({
  id: idSchema.describe('the end of its link, /p/ID'),
  of: idSchema.describe('the view or dashboard'),
  title: z.string(),
  by: z.string().describe('who published it'),
  limit: z.string().nullable().describe('what its publisher was limited to when it was published'),
  created: z.number(),
  expires: z.number().nullable().describe('ms since 1970; null: when it is revoked'),
  panels: z.array(publishedPanelSchema),
});

/** Kept beside it: the key that its addresses are changed with, 32 bytes in hexadecimal. No two publications share one. */
const keptPublicationSchema = publicationSchema.extend({ key: z.string().regex(/^[0-9a-f]{64}$/) });
export type Publication = z.output<typeof keptPublicationSchema>;

export const viewsFileSchema = z.strictObject({
  format: z.literal(1),
  views: z.array(viewSchema).max(MOST_SAVED),
  dashboards: z.array(dashboardSchema).max(MOST_SAVED),
  publications: z.array(keptPublicationSchema).max(MOST_PUBLISHED),
});
export type ViewsFile = z.output<typeof viewsFileSchema>;
