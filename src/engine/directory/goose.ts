import type { ScannedStatement } from '../dialects/scan-statements.ts';
import type { Section } from './types.ts';

const PRAGMA = /^-- \+goose[ \t]+(\w+)/i;

/**
 * The statements of a part of a goose file: a line that ends with `;` ends one, what stands between StatementBegin and StatementEnd
 * is one. undefined: the file has no pragmas and is run whole.
 */
export function gooseStatements(content: string, part: 'up' | 'down'): readonly ScannedStatement[] | undefined {
  const lines = linesOf(content, part);
  if (lines === undefined) return undefined;
  const statements: ScannedStatement[] = [];
  let text = '';
  let offset = 0;
  let comments: string[] = [];
  const flush = (): void => {
    const trimmed = text.trim();
    if (trimmed !== '') statements.push({ text: trimmed, offset: offset + text.indexOf(trimmed), comments });
    text = '';
    comments = [];
  };
  for (const line of lines) {
    if (line.pragma === 'statementbegin' || line.pragma === 'statementend') {
      flush();
      continue;
    }
    const trimmed = line.text.trim();
    if (text === '' && !line.inBlock && (trimmed === '' || trimmed.startsWith('--'))) {
      if (trimmed === '') comments = [];
      else comments.push(trimmed);
      continue;
    }
    if (text === '') offset = line.offset;
    text += `${line.text}\n`;
    if (!line.inBlock && /;$/.test(trimmed.replace(/\s*--.*$/, ''))) flush();
  }
  flush();
  return statements;
}

interface GooseLine {
  readonly text: string;
  readonly offset: number;
  readonly inBlock: boolean;
  readonly pragma: string | undefined;
}

function linesOf(content: string, part: 'up' | 'down'): readonly GooseLine[] | undefined {
  const lines: GooseLine[] = [];
  let state: 'none' | 'up' | 'down' = 'none';
  let inBlock = false;
  let offset = 0;
  for (const raw of content.split('\n')) {
    const pragma = PRAGMA.exec(raw.trim())?.[1]?.toLowerCase();
    if (pragma === 'up' || pragma === 'down') state = pragma;
    else if (state === part) {
      if (pragma === 'statementbegin') inBlock = true;
      if (pragma === 'statementend') inBlock = false;
      if (pragma === undefined || pragma.startsWith('statement')) {
        lines.push({ text: raw.replace(/\r$/, ''), offset, inBlock, pragma });
      }
    }
    offset += raw.length + 1;
  }
  return state === 'none' ? undefined : lines;
}

/** The part of a dbmate file between `-- migrate:up` and `-- migrate:down`; the whole file where it has no such line. */
export function dbmateUp(content: string): Section {
  const up = /^-- migrate:up[^\n]*(?:\n|$)/m.exec(content);
  if (up === null) return { name: 'migrate:up', text: content, offset: 0 };
  const offset = up.index + up[0].length;
  const rest = content.slice(offset);
  const down = /^-- migrate:down/m.exec(rest);
  return { name: 'migrate:up', text: down === null ? rest : rest.slice(0, down.index), offset };
}

/** The part of a dbmate file behind `-- migrate:down`; undefined where it has no such line. */
export function dbmateDown(content: string): Section | undefined {
  const down = /^-- migrate:down[^\n]*(?:\n|$)/m.exec(content);
  if (down === null) return undefined;
  const offset = down.index + down[0].length;
  return { name: 'migrate:down', text: content.slice(offset), offset };
}
