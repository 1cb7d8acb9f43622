import { atlasFunctions, type GoFunction, renderTemplate, TemplateError } from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';
import { hasColour, type Io } from '../io.ts';

/**
 * Renders the template of `--format` with the functions that Atlas's reports know (atlas-config-cli.md 3.6).
 * @throws AppError INPUT_INVALID with Go's text of the mistake
 */
export function renderReport(
  io: Io,
  template: string,
  data: unknown,
  own: Readonly<Record<string, GoFunction>> = {},
): string {
  try {
    return renderTemplate('report', template, data, {
      functions: { ...atlasFunctions({ colour: hasColour(io) }), ...own },
    });
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new AppError('INPUT_INVALID', error.message, { cause: error });
  }
}
