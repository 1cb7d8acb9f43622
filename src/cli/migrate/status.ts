import { DEFAULT_LIMITS } from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';
import { printFailure } from '../render/failure.ts';
import { makeStatus, renderStatus } from '../render/migrate-status.ts';
import { statusTemplateData } from '../render/template-data.ts';
import type { MigrateDeps } from './deps.ts';
import { type MigrateFlags, parseExecOrder, requireUrl, selectTargets } from './flags.ts';
import { openVerified } from './open-directory.ts';
import { coloursOf, documentPrinter } from './output.ts';

/** `migrate status`: where each target stands. A target that cannot be read does not hide the others; exit code 1 then. */
export async function runStatus(deps: MigrateDeps, flags: MigrateFlags): Promise<number> {
  const { targets, project } = await selectTargets(deps, flags, 'migrate.status');
  const print = documentPrinter(deps);
  let exitCode = 0;
  for (const settings of targets) {
    const directory = await openVerified(deps, settings.dir, settings.dirFormat, project?.memoryDirectories);
    const url = requireUrl(settings);
    const engine = await deps.engine();
    const target = { id: settings.id, url, revisionsSchema: settings.revisionsSchema };
    try {
      const report = await engine.status(target, directory, {
        execOrder: parseExecOrder(settings.execOrder),
        limits: DEFAULT_LIMITS,
      });
      const status = makeStatus(report, url, settings.dir);
      print(
        settings.format === undefined
          ? renderStatus(status, coloursOf(deps))
          : await deps.renderTemplate(settings.format, statusTemplateData(status)),
      );
    } catch (error) {
      if (!(error instanceof AppError) || targets.length === 1) throw error;
      printFailure(deps.io, error.code, `target "${settings.id}": ${error.message}`);
      if (error.code === 'TARGET_AMBIGUOUS_REVISIONS') deps.io.stderr(`target "${settings.id}" failed\n`);
      exitCode = 1;
    }
  }
  return exitCode;
}
