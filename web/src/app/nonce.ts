/** The server writes another one into each page: styles that the program adds carry it, and no others are applied. */
export const styleNonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
