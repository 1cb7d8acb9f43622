import type { ScanOptions } from '../scan-options.ts';

export const MYSQL_SCAN_OPTIONS: ScanOptions = { matchBegin: true, backslashEscapes: true, hashComments: true };
