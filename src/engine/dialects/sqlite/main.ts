/** The one schema that a migration may touch. */
export const MAIN = 'main';
