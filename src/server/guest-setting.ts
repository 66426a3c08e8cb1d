import { z } from 'zod';

/** An interface of a guest, and what the guest is called. */
export interface Guest {
  readonly interface: string;
  readonly name: string;
}

const EXAMPLE = 'expected a list such as `[{interface: vnet0, name: web1}]`';
const MOST_NAME_BYTES = 255;

/** The name of a guest is a value of a text column. */
const guest: z.ZodType<Guest> = z.strictObject(
  {
    interface: z.string({ error: () => EXAMPLE }).regex(/^[^\s/]{1,15}$/, 'is no name of an interface'),
    name: z
      .string({ error: () => EXAMPLE })
      .refine((name) => name.trim() !== '' && Buffer.byteLength(name) <= MOST_NAME_BYTES && !/\p{Cc}/u.test(name), {
        message: 'is no name: 1 to 255 printable characters are',
      }),
  },
  { error: () => EXAMPLE },
);

/** Each interface once. */
export const guestSetting: z.ZodType<readonly Guest[]> = z
  .array(guest, { error: () => EXAMPLE })
  .superRefine((guests, ctx) => {
    const seen = new Set<string>();
    guests.forEach(({ interface: name }, i) => {
      if (seen.has(name)) ctx.addIssue({ code: 'custom', path: [i], message: `${name} is there twice` });
      seen.add(name);
    });
  });
