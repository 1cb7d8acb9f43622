import type { ScanOptions } from '../scan-options.ts';

export const POSTGRES_SCAN_OPTIONS: ScanOptions = {
  matchBegin: true,
  matchBeginAtomic: true,
  matchDollarQuote: true,
  escapedStringExt: true,
};
