import path from 'node:path';
import { atlasText, hcl, renderDiagnostic } from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';
import { hasColour } from '../io.ts';
import type { MigrateDeps } from '../migrate/deps.ts';
import { resolvePath } from '../resolve-path.ts';

/**
 * `schema fmt [path …]`: brings HCL files into canonical layout and prints the names of those that changed. Nothing is written where one of
 * them cannot be read. @throws AppError INPUT_INVALID, SCHEMA_INVALID with every mistake
 */
export async function runFmt(deps: MigrateDeps, paths: readonly string[]): Promise<number> {
  const changed: { readonly shown: string; readonly place: string; readonly text: string }[] = [];
  for (const given of paths.length === 0 ? ['.'] : paths) {
    const place = resolvePath(deps.io.cwd, given);
    const files = await deps.files.readHcl(place);
    if (files === undefined) throw new AppError('INPUT_INVALID', `stat ${given}: no such file or directory`);
    const isFile = files.length === 1 && files[0]?.name === path.basename(place) && given.endsWith('.hcl');
    for (const { name, text } of files) {
      const shown = isFile ? given : path.join(given, name);
      const formatted = format(deps, shown, text);
      if (formatted !== text) changed.push({ shown, place: isFile ? place : path.join(place, name), text: formatted });
    }
  }
  for (const { shown, place, text } of changed) {
    await deps.files.write(path.dirname(place), { [path.basename(place)]: text });
    deps.io.stdout(`${shown}\n`);
  }
  return 0;
}

function format(deps: MigrateDeps, file: string, text: string): string {
  const { diagnostics, source } = hcl.parseFile(file, text);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first === undefined) return hcl.formatFile(text);
  const details = errors.map((one) => ({
    message: one.summary,
    frame: renderDiagnostic(one, new Map([[file, source]]), { colour: hasColour(deps.io) }),
  }));
  throw new AppError('SCHEMA_INVALID', atlasText(first), { details });
}
