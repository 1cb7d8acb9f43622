import type { ScanOptions } from '../scan-options.ts';

/** For files whose database is not known: `migrate import`. */
export const GENERIC_SCAN_OPTIONS: ScanOptions = { matchBeginAtomic: true, matchDollarQuote: true };
