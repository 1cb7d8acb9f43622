/** The conformance kit's adapter: one JSON request a line on stdin, one answer a line on stdout. Protocol: the kit's README. */
import { createInterface } from 'node:readline';
import {
  computeSum,
  formatPlan,
  hashDirectory,
  openDirectory,
  type PlannedChange,
  parseDirectoryFormat,
  readUnverified,
  type ScanOptions,
  scanStatements,
  scanText,
  selectFiles,
} from '../../src/engine/index.ts';

interface Request {
  readonly id: string;
  readonly kind: string;
  readonly options?: ScanOptions & { readonly format?: string };
  readonly input: unknown;
}

type Answer = { readonly output: unknown } | { readonly error: string };

const textsOf = (input: unknown): Record<string, string> => {
  const { files } = input as { readonly files: readonly { readonly name: string; readonly content: string }[] };
  return Object.fromEntries(files.map(({ name, content }) => [name, content]));
};

function answer(request: Request): Answer {
  const format = parseDirectoryFormat(request.options?.format ?? 'atlas');
  if (format === undefined) return { error: `unknown dir format "${request.options?.format}"` };
  switch (request.kind) {
    case 'lex': {
      const scanned = scanText(request.input as string, request.options ?? {});
      return 'problem' in scanned
        ? { error: scanned.problem.text }
        : { output: scanned.statements.map(({ text }) => text) };
    }
    case 'tooldir': {
      const files = readUnverified(textsOf(request.input), format).files.map((file) => {
        const scanned = scanStatements(file, 'generic');
        if ('problem' in scanned) throw new Error(scanned.problem.text);
        return {
          version: file.version,
          description: file.description,
          stmts: scanned.statements.map(({ text }) => text),
        };
      });
      return { output: { files } };
    }
    case 'toolsum': {
      const texts = textsOf(request.input);
      const opened = openDirectory({ ...texts, 'atlas.sum': hashDirectory(texts, format) }, format);
      if ('checksumError' in opened) return { error: opened.checksumError.message };
      const named = selectFiles(Object.keys(texts), format).map(({ name }) => ({ name, content: texts[name] ?? '' }));
      return { output: computeSum(named).entries.map(({ name }) => name) };
    }
    case 'toolfmt': {
      const { plan } = request.input as {
        readonly plan: { readonly version: string; readonly name: string; readonly changes: readonly PlannedChange[] };
      };
      return {
        output: { files: Object.fromEntries(formatPlan(plan, format).map(({ name, content }) => [name, content])) },
      };
    }
    default:
      return { error: `unknown kind "${request.kind}"` };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as Request;
  let reply: Answer;
  try {
    reply = answer(request);
  } catch (error) {
    reply = { error: error instanceof Error ? error.message : String(error) };
  }
  process.stdout.write(`${JSON.stringify({ id: request.id, ...reply })}\n`);
}
