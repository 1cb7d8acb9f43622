/** The databases that Flotilla brings changes to. MariaDB differs from MySQL in what it inspects and locks, not in its scanner. */
export type DialectName = 'postgres' | 'mysql' | 'mariadb' | 'sqlite';

/** Whose rules cut a file into statements. `generic`: no database is known (import). `sqlserver`: read only by conformance so far. */
export type ScannerName = DialectName | 'generic' | 'sqlserver';
