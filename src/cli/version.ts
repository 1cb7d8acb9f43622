/** Of package.json; a test holds them equal, so that the command need not read a file to start. */
export const VERSION = '0.1.0';

/** Written to `operator_version` of the rows that this build writes. */
export const OPERATOR_VERSION = `Flotilla CLI v${VERSION}`;
