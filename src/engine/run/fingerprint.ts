const MAX_CHARACTERS = 300;

/**
 * A message without what differs from target to target: literals, numbers, quoted and file names. 400 failures then read as 2 causes.
 * @param code SQLSTATE, errno or one of ours: the same words under another code are another cause
 */
export function fingerprint(code: string, message: string): string {
  const text = message
    // In quotes: an opening one is not preceded by a letter, or an apostrophe would open a name.
    .replace(/(?<![\p{L}\p{N}])'(?:[^'\\]|\\.|'')*'/gu, "'?'")
    .replace(/"(?:[^"\\]|\\.|"")*"/g, '"?"')
    .replace(/`(?:[^`]|``)*`/g, '`?`')
    .replace(/\d+(?:\.\d+)*/g, '0')
    .replace(/\s+/g, ' ')
    .trim();
  return `${code} ${text.slice(0, MAX_CHARACTERS)}`.trim();
}
