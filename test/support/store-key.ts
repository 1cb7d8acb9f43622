/** The key of the stores of tests. */
export const STORE_KEY = new Uint8Array(32).fill(7);
