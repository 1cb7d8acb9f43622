import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { throwAwayFolder } from '../../support/temporary-folder.ts';
import { PLANTED_BUGS, type PlantedBug } from './planted-bugs.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const COPIED = ['src', 'test', 'scripts', 'bin', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];

export interface PlantedOutcome {
  readonly bug: PlantedBug;
  /** The first schedule that shows it; undefined: the rig did not find it. */
  readonly foundBySeed: number | undefined;
  /** What the rig said. */
  readonly said: string;
}

/** Plants each bug in a copy of the repository of its own, and runs the rig there. @param only the name of one of them */
export async function runPlanted(say: (line: string) => void, only?: string): Promise<readonly PlantedOutcome[]> {
  const outcomes: PlantedOutcome[] = [];
  for (const bug of PLANTED_BUGS.filter(({ name }) => only === undefined || name === only)) {
    const copy = plant(bug);
    try {
      const said = await runRig(copy, bug);
      const seed = /^✖ \w+, seed (\d+): /m.exec(said)?.[1];
      outcomes.push({ bug, foundBySeed: seed === undefined ? undefined : Number(seed), said });
      say(
        seed === undefined
          ? `✖ ${bug.name}: NOT found\n${said.slice(-2_000)}`
          : `✔ ${bug.name}: found by ${bug.scenario}, seed ${seed}`,
      );
    } finally {
      fs.rmSync(copy, { recursive: true, force: true });
    }
  }
  return outcomes;
}

/** A copy of the repository with the bug in it, built. @throws where the source is no longer as the bug expects it */
function plant({ name, file, find, replace }: PlantedBug): string {
  const copy = throwAwayFolder('planted');
  for (const part of COPIED) fs.cpSync(path.join(root, part), path.join(copy, part), { recursive: true });
  fs.symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  const target = path.join(copy, file);
  const parts = fs.readFileSync(target, 'utf8').split(find);
  if (parts.length !== 2) throw new Error(`"${name}": ${file} holds "${find}" ${parts.length - 1} times, not once`);
  fs.writeFileSync(target, parts.join(replace));
  const build = spawnSync(process.execPath, ['scripts/build.ts'], { cwd: copy, encoding: 'utf8' });
  if (build.status !== 0) throw new Error(`"${name}" does not build: ${build.stdout}${build.stderr}`);
  return copy;
}

function runRig(copy: string, { scenario, seed, schedules }: PlantedBug): Promise<string> {
  const args = ['test/faults/run.ts', '--only', scenario, '--seed', `${seed}`, '--schedules', `${schedules}`];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: copy, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
    }
    child.on('error', reject);
    child.on('close', () => resolve(said));
  });
}
