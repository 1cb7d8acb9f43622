import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Projects } from '../../app/ports.ts';
import type { ProjectFolder } from '../../config/daemon/types.ts';
import { readDirectoryFiles } from '../../config/directory-files.ts';
import { evaluateProjectFolder, type ProjectMachine } from '../../config/project-folder.ts';
import { AppError } from '../../shared/errors.ts';

/** The projects that the daemon serves: folders that it can read, evaluated when somebody asks. */
export function createProjectFolders(folders: ReadonlyMap<string, ProjectFolder>, machine: ProjectMachine): Projects {
  const folderOf = (project: string): ProjectFolder => {
    const folder = folders.get(project);
    if (folder !== undefined) return folder;
    const names = [...folders.keys()].map((name) => `"${name}"`).join(', ');
    throw new AppError('PROJECT_NOT_FOUND', `the daemon serves no project "${project}"; it serves ${names || 'none'}`, {
      next: 'start it with --project NAME=DIR, or name it in flotilla.yaml',
    });
  };
  return {
    names: () => [...folders.keys()],
    async evaluate(project, env, { vars, files }) {
      const { dir, config } = folderOf(project);
      if (files === undefined && !fs.existsSync(dir))
        throw new AppError('PROJECT_INVALID', `the folder "${dir}" of project "${project}" is not there`, {
          next: `start the daemon with --project ${project}=DIR, or mend it in flotilla.yaml`,
        });
      return evaluateProjectFolder(
        { folder: dir, config, env, vars, ...(files === undefined ? {} : { files }) },
        machine,
      );
    },
    async readDirectory(project, url) {
      const { dir } = folderOf(project);
      const { folder, format } = directoryOf(dir, url);
      const files = await readDirectoryFiles(folder);
      if (files !== undefined) return { files, format };
      throw new AppError(
        'DIRECTORY_NOT_FOUND',
        `the migration directory "${url}" of project "${project}" is not there`,
        {
          next: `check migration { dir = … } of the project file; it is looked for at "${folder}"`,
        },
      );
    },
  };
}

/** `file://migrations?format=flyway`, relative to the project's folder; the format is Atlas's own without one. */
function directoryOf(projectDir: string, url: string): { readonly folder: string; readonly format: string } {
  const [place = '', query = ''] = url.split('?', 2);
  const format = new URLSearchParams(query).get('format') ?? 'atlas';
  if (!place.startsWith('file://'))
    throw new AppError('DIRECTORY_NOT_FOUND', `the migration directory "${url}" is not a file:// URL`, {
      next: 'set migration { dir = "file://migrations" }',
    });
  const name = place.slice('file://'.length);
  return { folder: name.startsWith('/') ? fileURLToPath(place) : path.resolve(projectDir, name), format };
}
