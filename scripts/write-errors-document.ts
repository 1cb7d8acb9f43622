/** Writes docs/errors.md from the error registry; a test holds the two equal. */
import fs from 'node:fs';
import { ERRORS } from '../src/shared/errors.ts';

const rows = Object.entries(ERRORS).map(
  ([code, spec]) =>
    `| \`${code}\` | ${spec.status} | ${spec.exitCode} | ${spec.retryable ? 'yes' : 'no'} | ${spec.meaning} |`,
);
fs.writeFileSync(
  new URL('../docs/errors.md', import.meta.url),
  `# Errors

Every error that Flotilla reports has a stable code: in the \`code\` of a problem+json answer, in brackets behind the message on a terminal, and in \`error.code\` where
it is the outcome of a target and no code of the database (SQLSTATE, errno) says more. A code is never used again with another meaning.
Written from \`src/shared/errors.ts\` by \`node scripts/write-errors-document.ts\`; a test holds the two equal.

| code | HTTP status | exit code | worth a retry | meaning, and what to do |
|---|---|---|---|---|
${rows.join('\n')}
`,
);
