/** What somebody may do, the least first: a viewer asks, an operator also does things to the node, an admin also decides who may come in. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];
