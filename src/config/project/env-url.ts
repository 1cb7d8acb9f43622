import { hcl } from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';
import type { EvaluatedEnv } from '../types.ts';

const SCHEME = 'env://';

/**
 * What `env://attribute` stands for: `url`, `dev`, `src`, `migration.dir`, or any attribute of the env that Atlas does not know. Other texts are
 * given back as they are. The result may hold secrets.
 * @throws AppError INPUT_INVALID in Atlas's words (atlas-config-cli.md 1.3)
 */
export function resolveEnvUrl(text: string, env: EvaluatedEnv | undefined): readonly string[] {
  if (!text.startsWith(SCHEME)) return [text];
  const name = text.slice(SCHEME.length);
  if (name === '' || /[/?#]/.test(name)) throw new AppError('INPUT_INVALID', `invalid env:// variable "${text}"`);
  if (env === undefined) {
    throw new AppError('INPUT_INVALID', 'cannot use env:// variables without selecting an environment');
  }
  const found = attributeOf(env, name);
  if (found.length === 0) {
    throw new AppError('INPUT_INVALID', `env://${name} (attribute) not found in env.${env.name}`);
  }
  if (found.some((one) => one.startsWith(SCHEME))) {
    throw new AppError('INPUT_INVALID', `invalid env:// variable "${text}": its value is an env:// variable too`);
  }
  return found;
}

function attributeOf(env: EvaluatedEnv, name: string): readonly string[] {
  switch (name) {
    case 'url':
      return env.url === undefined ? [] : [env.url.reveal()];
    case 'dev':
      return env.devUrl === undefined ? [] : [env.devUrl.reveal()];
    case 'src':
    case 'schema.src':
      return env.src;
    case 'migration.dir':
      return env.migration === undefined ? [] : [env.migration.dir];
    default: {
      const value = env.extra?.get(name);
      const items = value === undefined ? [] : (hcl.iterate(value)?.map(([, item]) => item) ?? [value]);
      return items.flatMap((item) => (item.kind === 'string' ? [item.value] : []));
    }
  }
}
