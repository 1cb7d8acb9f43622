import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundleOption } from '@temporalio/worker';

const PREBUILT = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));

/** The workflow code as the worker wants it: the file that `npm run build` made, or bundled now where we run from sources (1.2 s). */
export async function loadWorkflowBundle(): Promise<WorkflowBundleOption> {
  return fs.existsSync(PREBUILT)
    ? { codePath: PREBUILT }
    : buildWorkflowBundle(new URL('../workflows/', import.meta.url));
}

/**
 * Bundles the workflows of a folder.
 * @param folder holds index.ts or index.js, which exports them
 */
export async function buildWorkflowBundle(folder: URL): Promise<{ readonly code: string }> {
  const entry = ['index.ts', 'index.js'].map((name) => fileURLToPath(new URL(name, folder))).find(fs.existsSync);
  if (entry === undefined) throw new Error(`no index.ts or index.js in ${folder.pathname}`);
  const quiet = () => undefined;
  return bundleWorkflowCode({
    workflowsPath: entry,
    // webpack's own summary of the bundle: nobody reads it.
    logger: { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
}
