import path from 'node:path';

/** A path of the command line against the working directory of the command, which need not be the process's. */
export const resolvePath = (cwd: string, text: string): string => path.resolve(cwd, text);
