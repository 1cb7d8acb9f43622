import { hcl } from '../../engine/index.ts';
import type { SchemaSource } from '../types.ts';
import { dataSourceOf, type EvaluationTools } from './data-sources/data-source.ts';
import { FileCache } from './file-cache.ts';
import { findCycles } from './find-cycles.ts';
import type { ProblemList } from './problem-list.ts';
import type { ProjectSyntax } from './read-syntax.ts';
import type { EvaluateProjectRequest } from './request.ts';
import type { Secrets } from './secrets.ts';

/** Locals and data sources, by `local.x` and `data.type.name`. */
type NodeName = string;

/**
 * Evaluates expressions of a project. Evaluation itself is synchronous and pure; what it needs from outside (data sources, files) is
 * fetched before, or it is started again when it asks for a file that is not there yet. So the order of evaluation does not matter.
 */
export class Evaluator {
  readonly files: FileCache;
  readonly memoryDirectories: Record<string, Readonly<Record<string, string>>> = {};
  readonly schemaSources: Record<string, SchemaSource> = {};
  readonly problems: ProblemList;
  readonly #syntax: ProjectSyntax;
  readonly #request: EvaluateProjectRequest;
  readonly #secrets: Secrets;
  readonly #functions: hcl.Functions;
  readonly #values = new Map<NodeName, hcl.Value>();
  readonly #pending = new Map<NodeName, Promise<void>>();
  readonly #references = new WeakMap<hcl.Expression, readonly hcl.FreeVariable[]>();
  #printed: string[] = [];
  #scope: hcl.Scope;

  constructor(syntax: ProjectSyntax, request: EvaluateProjectRequest, problems: ProblemList, secrets: Secrets) {
    this.#syntax = syntax;
    this.#request = request;
    this.problems = problems;
    this.#secrets = secrets;
    this.files = new FileCache(request.files);
    this.#functions = hcl.createFunctions({
      readFile: (path) => this.files.readNow(path),
      listFiles: (folder) => this.files.listNow(folder),
      getenv: (name) => this.#getenv(name),
      print: (text) => this.#printed.push(text),
    });
    this.#scope = this.#baseScope(new Map());
  }

  /** Names of the whole file: `atlas`, `var`, `local`, `data`. */
  get scope(): hcl.Scope {
    return this.#scope;
  }

  /** Makes the values of input variables readable as `var.x`. */
  setVariables(values: ReadonlyMap<string, hcl.Value>): void {
    this.#scope = this.#baseScope(values);
  }

  /** Names that stand in an expression. */
  referencesOf(expression: hcl.Expression): readonly hcl.FreeVariable[] {
    const known = this.#references.get(expression);
    if (known !== undefined) return known;
    const found = hcl.freeVariables(expression);
    this.#references.set(expression, found);
    return found;
  }

  /** The value; unknown after a mistake, which is noted. */
  async evaluate(expression: hcl.Expression, scope: hcl.Scope = this.#scope): Promise<hcl.Value> {
    await this.prepare([expression]);
    return this.run(() => this.evaluateNow(expression, scope));
  }

  /** Fetches what the expressions mention, so that `evaluateNow` finds it. */
  async prepare(expressions: readonly hcl.Expression[]): Promise<void> {
    for (const expression of expressions) {
      for (const node of this.#nodesOf(expression)) await this.#resolve(node);
    }
  }

  /** Within `run` only. */
  evaluateNow(expression: hcl.Expression, scope: hcl.Scope): hcl.Value {
    const { value, diagnostics } = hcl.evaluate(expression, scope, this.#functions);
    if (diagnostics.length > 0) this.problems.addAll(diagnostics);
    return value;
  }

  /** The value and what is wrong with it, which is not noted: for what is asked when the project has long been read. */
  async evaluateApart(expression: hcl.Expression, scope: hcl.Scope): Promise<hcl.Evaluated> {
    for (;;) {
      const done = this.files.attempt(() => hcl.evaluate(expression, scope, this.#functions));
      if ('value' in done) return done.value;
      await this.files.load(done.missing);
    }
  }

  /** A file that an attribute names by a path like those of migration directories. Within `run` only. */
  readProjectFile(path: string): { readonly text: string } | { readonly problem: string } {
    return this.files.readNow(this.#request.toProjectPath?.(path) ?? path);
  }

  /** Synchronous work that evaluates: done again whenever it asked for a file that had to be read first. */
  async run<T>(work: () => T): Promise<T> {
    for (;;) {
      this.#printed = [];
      const done = this.files.attempt(work);
      if ('value' in done) {
        this.#flush();
        return done.value;
      }
      await this.files.load(done.missing);
    }
  }

  /** The same without a turn of the event loop where no file is missing. */
  runNow<T>(work: () => T): { readonly value: T } | undefined {
    this.#printed = [];
    const done = this.files.attempt(work);
    if (!('value' in done)) return undefined;
    this.#flush();
    return done;
  }

  /** All of them, as Atlas does; data sources only where something that is evaluated mentions them. */
  async evaluateLocals(): Promise<void> {
    for (const name of this.#syntax.locals.keys()) await this.#resolve(`local.${name}`);
  }

  /** What an expression mentions, also through locals, that this version knows of but cannot evaluate. */
  unsupportedIn(expression: hcl.Expression, seen = new Set<string>()): readonly string[] {
    return this.referencesOf(expression).flatMap(({ root, path }) => {
      if (this.#syntax.otherTypes.has(root)) return [[root, ...path.slice(0, 2)].join('.')];
      if (root === 'data' && path[0] !== undefined && dataSourceOf(path[0])?.evaluate === undefined) {
        return [['data', ...path.slice(0, 2)].join('.')];
      }
      const local = root === 'local' && path[0] !== undefined ? this.#syntax.locals.get(path[0]) : undefined;
      if (local === undefined || seen.has(local.name)) return [];
      return this.unsupportedIn(local.value, seen.add(local.name));
    });
  }

  #flush(): void {
    for (const text of this.#printed) this.#request.print?.(text);
    this.#printed = [];
  }

  #getenv(name: string): string | undefined {
    const value = this.#request.getenv(name);
    if (value !== undefined) this.#secrets.addFromEnvironment(name, value);
    return value;
  }

  #baseScope(variables: ReadonlyMap<string, hcl.Value>): hcl.Scope {
    const { locals, data, otherTypes, variables: declared } = this.#syntax;
    const valueAt = (node: NodeName): hcl.Value => this.#values.get(node) ?? hcl.UNKNOWN;
    const values = new Map<string, hcl.Value>([['atlas', hcl.object({ env: hcl.string(this.#request.env) })]]);
    if (declared.size > 0) values.set('var', hcl.object(variables));
    // Without any of them there is no such name: `Unknown local; There is no variable named "local".`
    if (locals.size > 0) {
      values.set(
        'local',
        hcl.lazyObject(locals.keys(), (name) => valueAt(`local.${name}`)),
      );
    }
    if (data.size > 0) {
      const ofType = (type: string): hcl.Value =>
        hcl.lazyObject(data.get(type)?.keys() ?? [], (name) => valueAt(`data.${type}.${name}`));
      values.set('data', hcl.lazyObject(data.keys(), ofType));
    }
    for (const type of otherTypes) if (!values.has(type)) values.set(type, hcl.UNKNOWN);
    return hcl.scopeOf(values);
  }

  /** The locals and data sources that an expression mentions; all of a kind where it does not say which. */
  #nodesOf(expression: hcl.Expression): readonly NodeName[] {
    const { locals, data } = this.#syntax;
    return this.referencesOf(expression).flatMap(({ root, path: [first, second] }) => {
      if (root === 'local') {
        if (first === undefined) return [...locals.keys()].map((name) => `local.${name}`);
        return locals.has(first) ? [`local.${first}`] : [];
      }
      if (root !== 'data') return [];
      const types = first === undefined ? [...data.keys()] : [first];
      return types.flatMap((type) => {
        const names = data.get(type);
        if (names === undefined) return [];
        if (second === undefined) return [...names.keys()].map((name) => `data.${type}.${name}`);
        return names.has(second) ? [`data.${type}.${second}`] : [];
      });
    });
  }

  #expressionsOf(node: NodeName): readonly hcl.Expression[] {
    const [kind, first = '', second = ''] = splitNode(node);
    if (kind === 'local') {
      const local = this.#syntax.locals.get(first);
      return local === undefined ? [] : [local.value];
    }
    const block = this.#syntax.data.get(first)?.get(second);
    return block === undefined ? [] : expressionsOf(block.body);
  }

  /** Notes circles among locals and data sources, and takes them out of the way. Has to come first. */
  refuseCycles(): void {
    const { locals, data } = this.#syntax;
    const nodes = [
      ...[...locals.keys()].map((name) => `local.${name}`),
      ...[...data].flatMap(([type, names]) => [...names.keys()].map((name) => `data.${type}.${name}`)),
    ];
    const next = (node: NodeName) => this.#expressionsOf(node).flatMap((expression) => this.#nodesOf(expression));
    for (const cycle of findCycles(nodes, next)) {
      const [first = ''] = cycle;
      const at = this.#expressionsOf(first)[0];
      this.problems.add({
        code: 'HCL_CYCLE',
        summary: `cyclic reference to "${first}"`,
        detail: `It depends on itself: ${cycle.join(' → ')}.`,
        ...(at === undefined ? {} : { at }),
        text: `cyclic reference to "${first}"`,
      });
      for (const node of cycle) {
        this.#values.set(node, hcl.UNKNOWN);
        this.#pending.set(node, Promise.resolve());
      }
    }
  }

  #resolve(node: NodeName): Promise<void> {
    const known = this.#pending.get(node);
    if (known !== undefined) return known;
    const pending = this.#evaluateNode(node).then((value) => {
      this.#values.set(node, value);
    });
    this.#pending.set(node, pending);
    return pending;
  }

  async #evaluateNode(node: NodeName): Promise<hcl.Value> {
    const [kind, first = '', second = ''] = splitNode(node);
    if (kind === 'local') {
      const local = this.#syntax.locals.get(first);
      return local === undefined ? hcl.UNKNOWN : this.evaluate(local.value);
    }
    const block = this.#syntax.data.get(first)?.get(second);
    const source = dataSourceOf(first);
    if (block === undefined || source?.evaluate === undefined) return hcl.UNKNOWN;
    return source.evaluate(block, this.#tools(node));
  }

  #tools(node: NodeName): EvaluationTools {
    return {
      node,
      request: this.#request,
      files: this.files,
      problems: this.problems,
      secrets: this.#secrets,
      getenv: (name) => this.#getenv(name),
      evaluate: (expression) => this.evaluate(expression),
      addSchemaSource: (url, schema) => {
        this.schemaSources[url] = schema;
      },
      addMemoryDirectory: (url, files) => {
        this.memoryDirectories[url] = files;
      },
    };
  }
}

/** Names of locals and data sources have no dots: HCL labels may, so only the first two count. */
function splitNode(node: NodeName): readonly [string, string, string?] {
  const [kind = '', first = '', ...rest] = node.split('.');
  return kind === 'local' ? [kind, node.slice('local.'.length)] : [kind, first, rest.join('.')];
}

/** Every attribute of a block and of the blocks in it. */
export const expressionsOf = (body: hcl.Body): readonly hcl.Expression[] => [
  ...body.attributes.map(({ value }) => value),
  ...body.blocks.flatMap((block) => expressionsOf(block.body)),
];
