import { spawn } from 'node:child_process';
import { AppError } from '../shared/errors.ts';

/** Opens a file in $EDITOR, as Atlas does: vi without one, run through a shell so that it may hold arguments. */
export async function openEditor(editor: string | undefined, file: string): Promise<void> {
  const command = editor === undefined || editor === '' ? 'vi' : editor;
  const child = spawn('sh', ['-c', `${command} "$1"`, 'sh', file], { stdio: 'inherit' });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new AppError('INPUT_INVALID', `the editor "${command}" ended with ${code ?? 'a signal'}`);
}
