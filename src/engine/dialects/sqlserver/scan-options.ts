import type { ScanOptions } from '../scan-options.ts';

export const SQLSERVER_SCAN_OPTIONS: ScanOptions = {
  matchBegin: true,
  matchBeginTryCatch: true,
  goCommand: true,
  beginEndTerminator: true,
};
