import { isMap, isNode, isScalar, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import type { Diagnostic } from '../../engine/index.ts';

/** Where keys and values of a YAML text stand. */
export interface YamlFile {
  readonly file: string;
  /** As JSON.parse would give it. */
  readonly value: unknown;
  /** Syntax errors and keys that occur twice. */
  readonly diagnostics: readonly Diagnostic[];
  /** The place of the value there, or of the innermost thing around it. */
  place(path: readonly PropertyKey[]): Subject;
  /** The place of a key of the mapping there. */
  placeOfKey(path: readonly PropertyKey[], key: string): Subject;
}

type Subject = NonNullable<Diagnostic['subject']>;

export function readYaml(file: string, text: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const subject = (start: number, end: number): Subject => ({ file, start: position(start), end: position(end) });
  const position = (offset: number): Subject['start'] => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { offset, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const rangeOf = (node: unknown): Subject | undefined => {
    const range = isNode(node) ? node.range : undefined;
    return range == null ? undefined : subject(range[0], range[1]);
  };
  const pairAt = (path: readonly PropertyKey[], key: string): Pair<Node, Node> | undefined => {
    const parent: unknown = path.length === 0 ? document.contents : document.getIn([...path], true);
    if (!isMap<Node, Node>(parent)) return undefined;
    return parent.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key);
  };
  const place = (path: readonly PropertyKey[]): Subject => {
    const found = path.length === 0 ? document.contents : document.getIn([...path], true);
    const range = rangeOf(found) ?? rangeOf(pairAt(path.slice(0, -1), String(path.at(-1)))?.key);
    return range ?? (path.length === 0 ? subject(0, 0) : place(path.slice(0, -1)));
  };
  return {
    file,
    value: document.errors.length > 0 ? undefined : document.toJS(),
    diagnostics: document.errors.map((error) => ({
      code: 'CONFIG_INVALID',
      severity: 'error',
      summary: 'invalid YAML',
      detail: error.message,
      subject: subject(error.pos[0], error.pos[1]),
    })),
    place,
    placeOfKey: (path, key) => rangeOf(pairAt(path, key)?.key) ?? place(path),
  };
}
