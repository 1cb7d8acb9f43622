/** The engine's front door: everyone outside src/engine imports this file only. */
export type { Diagnostic } from './diagnostics/diagnostic.ts';
export type * from './directory/types.ts';
export type * from './run/types.ts';
export type { DatabaseUrl } from './url/database-url.ts';
