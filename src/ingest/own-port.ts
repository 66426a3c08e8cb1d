/** The port of what this node exports to itself: no datagram comes from it, so that its streams are nobody else's. */
export const OWN_PORT = 0;
