import { BUILTINS } from './builtins.ts';
import { executeTemplate } from './execute.ts';
import type { GoFunction } from './go-values.ts';
import { type ParsedTemplate, parseTemplate } from './parser.ts';
import { TemplateError } from './template-error.ts';

export interface TemplateOptions {
  readonly functions?: Readonly<Record<string, GoFunction>>;
  /** `error`: Go's missingkey=error. Default: unknown keys of maps print `<no value>`. */
  readonly missingKey?: 'default' | 'error';
}

export interface TemplateSet {
  /** Adds a text, and what it defines, under its name. @throws TemplateError in Go's words */
  parse(name: string, text: string): void;
  /** @throws TemplateError */
  execute(name: string, data: unknown): string;
}

/** Templates that may call each other, as one of Go's text/template sets. */
export function createTemplateSet(options: TemplateOptions = {}): TemplateSet {
  const functions = options.functions ?? {};
  const missingKey = options.missingKey ?? 'default';
  const templates = new Map<string, ParsedTemplate>();
  const hasFunction = (name: string): boolean =>
    Object.hasOwn(functions, name) || Object.hasOwn(BUILTINS, name) || name === 'and' || name === 'or';
  return {
    parse(name, text) {
      for (const template of parseTemplate(name, text, hasFunction)) {
        // As in Go: a text that is empty but for spaces does not replace a template.
        const isEmpty = template.body.every((node) => node.kind === 'Text' && node.text.trim() === '');
        if (!isEmpty || !templates.has(template.name)) templates.set(template.name, template);
      }
    },
    execute(name, data) {
      const template = templates.get(name);
      if (template === undefined) throw new TemplateError(`template: no template ${JSON.stringify(name)} in this set`);
      return executeTemplate({ templates, functions, missingKey }, template, data);
    },
  };
}

/** Parses and executes one text. @throws TemplateError */
export function renderTemplate(name: string, text: string, data: unknown, options: TemplateOptions = {}): string {
  const set = createTemplateSet(options);
  set.parse(name, text);
  return set.execute(name, data);
}
