/** The id of this load of the page: a reload is another page to the server, and rings anew. */
export const PAGE_ID: string = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
  byte.toString(16).padStart(2, '0'),
).join('')
