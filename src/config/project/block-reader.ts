import { hcl } from '../../engine/index.ts';
import { parseGoDuration } from '../../shared/go-duration.ts';
import type { Evaluator } from './evaluator.ts';

/** What is wrong with an attribute whose value hangs on something this version cannot evaluate. */
export type OnUnsupported = 'error' | 'warning';

/**
 * Reads attributes in one scope after another (`each` of each target). What does not depend on the target is evaluated once.
 * Everything here is synchronous: `Evaluator.prepare` comes first, `Evaluator.run` around it.
 */
export class BlockReader {
  readonly #evaluator: Evaluator;
  readonly #perTarget: ReadonlySet<string>;
  readonly #constants = new Map<hcl.Expression, hcl.Value>();

  /** @param perTarget names that differ from scope to scope: `each`, or `var` of a deployment */
  constructor(evaluator: Evaluator, perTarget: readonly string[]) {
    this.#evaluator = evaluator;
    this.#perTarget = new Set(perTarget);
  }

  isPerTarget(expression: hcl.Expression): boolean {
    return this.#evaluator.referencesOf(expression).some(({ root }) => this.#perTarget.has(root));
  }

  value(expression: hcl.Expression, scope: hcl.Scope): hcl.Value {
    const known = this.#constants.get(expression);
    if (known !== undefined) return known;
    const value = this.#evaluator.evaluateNow(expression, scope);
    if (!this.isPerTarget(expression)) this.#constants.set(expression, value);
    return value;
  }

  /** `read` itself where one of the expressions depends on the target, else what it gives the first time. */
  shared<T>(expressions: readonly hcl.Expression[], read: (scope: hcl.Scope) => T): (scope: hcl.Scope) => T {
    if (expressions.some((expression) => this.isPerTarget(expression))) return read;
    let made: { readonly value: T } | undefined;
    return (scope) => {
      made ??= { value: read(scope) };
      return made.value;
    };
  }

  /** The value as that type. Undefined: not set, null, or wrong (which is noted). */
  as(
    attribute: hcl.Attribute | undefined,
    type: hcl.Type,
    scope: hcl.Scope,
    unsupported: OnUnsupported = 'error',
  ): hcl.Value | undefined {
    if (attribute === undefined) return undefined;
    const value = this.value(attribute.value, scope);
    if (value.kind === 'null') return undefined;
    if (value.kind === 'unknown') return this.#unknown(attribute, unsupported);
    const converted = hcl.convert(value, type);
    if (!('problem' in converted)) return converted.value;
    return this.fail(attribute, 'Unsuitable value type', `Unsuitable value: ${converted.problem}.`);
  }

  text(
    attribute: hcl.Attribute | undefined,
    scope: hcl.Scope,
    unsupported: OnUnsupported = 'error',
  ): string | undefined {
    const value = this.as(attribute, hcl.STRING, scope, unsupported);
    return value?.kind === 'string' ? value.value : undefined;
  }

  /** A list of texts, or one text. */
  texts(
    attribute: hcl.Attribute | undefined,
    scope: hcl.Scope,
    unsupported: OnUnsupported = 'error',
  ): readonly string[] {
    const value = this.as(attribute, hcl.ANY, scope, unsupported);
    if (attribute === undefined || value === undefined) return [];
    if (value.kind === 'string') return [value.value];
    const converted = hcl.convert(value, hcl.listOf(hcl.STRING));
    if ('problem' in converted) {
      this.fail(attribute, 'Unsuitable value type', `Unsuitable value: ${converted.problem}.`);
      return [];
    }
    return hcl.iterate(converted.value)?.flatMap(([, item]) => (item.kind === 'string' ? [item.value] : [])) ?? [];
  }

  /** One of the names, bare or quoted, or with `names` undefined any bare word or text. */
  word(attribute: hcl.Attribute | undefined, scope: hcl.Scope, names: readonly string[]): string | undefined {
    if (attribute === undefined) return undefined;
    const words = new Map(names.map((name): [string, hcl.Value] => [name, hcl.reference('enum', [name])]));
    const value = this.value(attribute.value, hcl.scopeOf(words, scope));
    if (value.kind === 'null') return undefined;
    if (value.kind === 'unknown') return this.#unknown(attribute, 'error');
    if (value.kind === 'reference' && value.name === 'enum') return value.path[0];
    if (value.kind === 'string') return value.value;
    return this.fail(attribute, 'Unsuitable value type', `Unsuitable value: one of ${names.join(', ')} required.`);
  }

  /** A duration in Go's notation, in milliseconds. */
  durationMs(attribute: hcl.Attribute | undefined, scope: hcl.Scope): number | undefined {
    const text = this.text(attribute, scope);
    if (attribute === undefined || text === undefined) return undefined;
    const ms = parseGoDuration(text);
    if (ms !== undefined && ms >= 0) return ms;
    return this.fail(
      attribute,
      'Invalid duration',
      `"${attribute.name}" is no duration: "${text}"; expected one like "200ms" or "1h30m".`,
    );
  }

  fail(attribute: hcl.Attribute, summary: string, detail: string, code = 'HCL_INVALID_TYPE'): undefined {
    this.#evaluator.problems.add({ code, summary, detail, at: attribute.value });
    return undefined;
  }

  /** Unknown because of a mistake: that is noted already. Because of something that this version does not have: noted here. */
  #unknown(attribute: hcl.Attribute, severity: OnUnsupported): undefined {
    const names = this.#evaluator.unsupportedIn(attribute.value);
    if (names.length === 0) return undefined;
    this.#evaluator.problems.add({
      code: 'UNSUPPORTED',
      severity,
      summary: `${names.join(', ')} is not supported`,
      detail: `"${attribute.name}" needs ${names.join(' and ')}, which this version of Flotilla cannot evaluate.`,
      at: attribute.value,
    });
    return undefined;
  }
}
