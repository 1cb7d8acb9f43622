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

/** The ways in which a text gets written down. In base64 it looks different at each of three offsets. */
export const spellings = (secret: string): readonly string[] => {
  const bytes = Buffer.from(secret);
  return [
    ...new Set([
      secret,
      encodeURIComponent(secret),
      encodeURI(secret),
      JSON.stringify(secret).slice(1, -1),
      ...[0, 1, 2].map((from) => bytes.subarray(from, secret.length - ((secret.length - from) % 3)).toString('base64')),
      bytes.toString('hex'),
    ]),
  ];
};

/** Where one of the spellings of one of the secrets is found. */
export const findSecrets = (hearing: Hearing, secrets: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(secrets).flatMap(([form, secret]) =>
    spellings(secret).flatMap((spelling) =>
      hearing.filter(([, text]) => text.includes(spelling)).map(([where]) => `the secret of ${form} is in ${where}`),
    ),
  );
