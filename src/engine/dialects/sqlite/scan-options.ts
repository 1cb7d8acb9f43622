import type { ScanOptions } from '../scan-options.ts';

export const SQLITE_SCAN_OPTIONS: ScanOptions = { matchBegin: true };
