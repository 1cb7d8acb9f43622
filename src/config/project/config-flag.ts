import { AppError } from '../../shared/errors.ts';

const DEFAULT_CONFIG = 'atlas.hcl';

/**
 * The paths that `-c` names: URLs, separated by commas (atlas-config-cli.md 1.1).
 * @throws AppError CONFIG_INVALID in Atlas's words
 */
export function parseConfigFlag(text: string | undefined): readonly string[] {
  if (text === undefined) return [DEFAULT_CONFIG];
  return text.split(',').map((one) => {
    const [all, scheme, path = ''] = /^([a-zA-Z][a-zA-Z0-9+.-]*):\/\/(.*)$/s.exec(one.trim()) ?? [];
    if (all === undefined) {
      throw new AppError('CONFIG_INVALID', `missing scheme for config file. Did you mean file://${one.trim()}?`);
    }
    if (scheme !== 'file') throw new AppError('CONFIG_INVALID', `unsupported config file driver "${scheme}"`);
    return path;
  });
}
