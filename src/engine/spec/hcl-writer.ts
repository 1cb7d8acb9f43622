/** Text of HCL in the layout of `hclwrite`: two spaces a level, `=` of neighbouring attributes in one column. */
export type HclItem = HclAttribute | HclBlock;

export interface HclAttribute {
  readonly kind: 'attribute';
  readonly name: string;
  /** An expression, as text; a heredoc has its own lines. */
  readonly value: string;
}

export interface HclBlock {
  readonly kind: 'block';
  readonly type: string;
  readonly labels: readonly string[];
  readonly items: readonly HclItem[];
}

export const attribute = (name: string, value: string): HclAttribute => ({ kind: 'attribute', name, value });

export const block = (type: string, labels: readonly string[], items: readonly HclItem[]): HclBlock => ({
  kind: 'block',
  type,
  labels,
  items,
});

export const printBlocks = (blocks: readonly HclBlock[]): string => blocks.map((one) => printBlock(one, '')).join('');

function printBlock({ type, labels, items }: HclBlock, margin: string): string {
  const header = [type, ...labels.map(quoteString)].join(' ');
  return `${margin}${header} {\n${printItems(items, `${margin}  `)}${margin}}\n`;
}

function printItems(items: readonly HclItem[], margin: string): string {
  let text = '';
  for (let i = 0; i < items.length; ) {
    const item = items[i];
    if (item === undefined) break;
    if (item.kind === 'block') {
      text += printBlock(item, margin);
      i += 1;
      continue;
    }
    const run = runOf(items, i);
    const width = Math.max(...run.map(({ name }) => name.length));
    for (const { name, value } of run) text += `${margin}${name.padEnd(width)} = ${indentHeredoc(value, margin)}\n`;
    i += run.length;
  }
  return text;
}

/** Attributes whose `=` stand in one column: a value of several lines is the last of its run. */
function runOf(items: readonly HclItem[], from: number): readonly HclAttribute[] {
  const run: HclAttribute[] = [];
  for (const item of items.slice(from)) {
    if (item.kind !== 'attribute') break;
    run.push(item);
    if (item.value.includes('\n')) break;
  }
  return run;
}

/** Lines of a `<<-SQL` heredoc stand one level in, its end in line with the attribute. */
const indentHeredoc = (value: string, margin: string): string => {
  const lines = value.split('\n');
  if (lines.length === 1) return value;
  return lines
    .map((line, i) =>
      i === 0 ? line : i === lines.length - 1 ? `${margin}${line}` : line === '' ? '' : `${margin}  ${line}`,
    )
    .join('\n');
};

/** `"x"`, with what a template would read as its own escaped. */
export function quoteString(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
    .replaceAll('${', () => '$${')
    .replaceAll('%{', () => '%%{');
  return `"${escaped}"`;
}

/** A text of several lines as a heredoc; any other, and one that a heredoc would end in or change, as a string. */
export function quoteText(text: string): string {
  if (!text.includes('\n') || /^\s*SQL\s*$|\r|^\s|\s$/.test(text) || /^\s*SQL\s*$/m.test(text))
    return quoteString(text);
  const escaped = text.replaceAll('${', () => '$${').replaceAll('%{', () => '%%{');
  return `<<-SQL\n${escaped}\nSQL`;
}

export const isIdentifier = (text: string): boolean => /^[\p{ID_Start}_][\p{ID_Continue}-]*$/u.test(text);

/** `users`, or `["my table"]` where it is no identifier: a step of a traversal behind its root. */
export const step = (name: string): string => (isIdentifier(name) ? `.${name}` : `[${quoteString(name)}]`);
