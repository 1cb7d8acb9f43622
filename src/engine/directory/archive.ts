import type { Archive, Section } from './types.ts';

// Only these names: a comment such as `-- drop users --` inside a section is no header.
const HEADER = /^-- (checks\.sql|checks\/[^\s/]+\.sql|migration\.sql|down\.sql) --[ \t]*\r?(?:\n|$)/gm;

/** Takes a file with `-- atlas:txtar` apart (atlas-engine.md 8.1). What stands before the first header belongs to no section. */
export function parseArchive(content: string): Archive {
  const headers = Array.from(content.matchAll(HEADER));
  const sections: Section[] = headers.map((header, i) => {
    const offset = header.index + header[0].length;
    return { name: header[1] ?? '', text: content.slice(offset, headers[i + 1]?.index), offset };
  });
  return {
    checks: sections.filter(({ name }) => name.startsWith('checks')),
    migration: sections.find(({ name }) => name === 'migration.sql'),
    down: sections.find(({ name }) => name === 'down.sql'),
  };
}
