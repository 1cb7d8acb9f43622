import fs from 'node:fs';
import path from 'node:path';

/** What was said, and where: the places in which a secret is looked for. */
export type Hearing = readonly (readonly [where: string, text: string | Buffer])[];

/** Every file below the folders, whole. */
export const hearFiles = (...folders: readonly string[]): Hearing =>
  folders.flatMap((folder) =>
    fs
      .readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => [path.relative(folder, file), fs.readFileSync(file)] as const),
  );

/**
 * The ways in which a text gets written down. URLs, JSON and HTML escape signs each in its own way, and Go's URLs in another one than ours,
 * so the part without such signs is looked for. In base64 it looks different at each of three offsets.
 */
const spellings = (secret: string): readonly string[] => {
  const core = secret.match(/[A-Za-z0-9]{10,}/)?.[0];
  if (core === undefined) throw new Error(`"${secret}" has no part that every encoding keeps`);
  const bytes = Buffer.from(core);
  return [
    core,
    ...[0, 1, 2].map((from) => bytes.subarray(from, core.length - ((core.length - from) % 3)).toString('base64')),
    bytes.toString('hex'),
  ];
};

/** Where one of the spellings of one of the secrets is found. */
export const findSecrets = (hearing: Hearing, secrets: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(secrets).flatMap(([form, secret]) =>
    spellings(secret).flatMap((spelling) =>
      hearing.filter(([, text]) => text.includes(spelling)).map(([where]) => `the secret of ${form} is in ${where}`),
    ),
  );
