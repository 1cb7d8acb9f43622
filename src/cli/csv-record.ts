/**
 * Reads one CSV record: Atlas's list flags are read so, which takes double quotes off (`--var "a=b,c"` reaches us with them in some
 * shells and in CI files). A quote inside a bare field stands for itself.
 */
export function parseCsvRecord(text: string): readonly string[] {
  const fields: string[] = [];
  for (let at = 0; at <= text.length; ) {
    if (text.charAt(at) !== '"') {
      const end = text.indexOf(',', at);
      fields.push(text.slice(at, end === -1 ? undefined : end));
      at = end === -1 ? text.length + 1 : end + 1;
      continue;
    }
    const match = /"((?:[^"]|"")*)"?/y;
    match.lastIndex = at;
    fields.push((match.exec(text)?.[1] ?? '').replaceAll('""', '"'));
    at = match.lastIndex + 1;
  }
  return fields;
}
