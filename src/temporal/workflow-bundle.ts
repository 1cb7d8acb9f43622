import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundleOption } from '@temporalio/worker';

/** Files of dist/: the failure converter is part of a bundle, so there is one with it for encrypted payloads. */
export const BUNDLE_NAMES = { plain: 'workflow-bundle.js', encoded: 'workflow-bundle-encoded.js' } as const;

/**
 * The workflow code as the worker wants it: the file that `npm run build` made, or bundled now where we run from sources (1.2 s).
 * @param failureConverterPath that of the data converter
 */
export async function loadWorkflowBundle(failureConverterPath: string | undefined): Promise<WorkflowBundleOption> {
  const name = BUNDLE_NAMES[failureConverterPath === undefined ? 'plain' : 'encoded'];
  const prebuilt = fileURLToPath(new URL(`../${name}`, import.meta.url));
  return fs.existsSync(prebuilt)
    ? { codePath: prebuilt }
    : buildWorkflowBundle(new URL('../workflows/', import.meta.url), failureConverterPath);
}

/**
 * Bundles the workflows of a folder.
 * @param folder holds index.ts or index.js, which exports them
 * @param failureConverterPath a module to convert failures with, in place of the SDK's own way
 */
export async function buildWorkflowBundle(
  folder: URL,
  failureConverterPath?: string,
): Promise<{ readonly code: string }> {
  const entry = ['index.ts', 'index.js'].map((name) => fileURLToPath(new URL(name, folder))).find(fs.existsSync);
  if (entry === undefined) throw new Error(`no index.ts or index.js in ${folder.pathname}`);
  const quiet = () => undefined;
  return bundleWorkflowCode({
    workflowsPath: entry,
    ...(failureConverterPath === undefined ? {} : { failureConverterPath }),
    // webpack's own summary of the bundle: nobody reads it.
    logger: { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
}
