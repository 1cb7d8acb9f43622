/** The shape of flotilla.yaml. */
import { z } from 'zod';
import { freezesSchema } from './freezes.ts';
import { SETTING_NAMES } from './settings.ts';
import { TOKEN_ROLES } from './types.ts';
import { PROJECT_NAME, text } from './value-schemas.ts';

type Shape = { [key: string]: z.ZodType };

/** Settings are named by their path; the file nests them. */
function nested(prefix: string): z.ZodType {
  const shape: Shape = {};
  for (const name of SETTING_NAMES) {
    if (!name.startsWith(prefix)) continue;
    const [key = '', more] = name.slice(prefix.length).split('.');
    if (more !== undefined) shape[key] ??= nested(`${prefix}${key}.`).optional();
    else shape[key] = z.unknown().optional(); // judged with the other sources, by its own schema
  }
  if (prefix === '')
    Object.assign(shape, {
      projects: projectsSchema.optional(),
      auth: authSchema.optional(),
      freezes: freezesSchema.optional(),
    });
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'invalid_type' ? 'expected a mapping' : undefined),
  });
}

const projectsSchema = z.record(
  z.string().regex(PROJECT_NAME, 'a project name has letters, digits, ".", "_" and "-" only'),
  z.union([
    text.transform((dir) => ({ dir, config: 'atlas.hcl' })),
    z.strictObject({ dir: text, config: text.default('atlas.hcl') }),
  ]),
);

const authSchema = z.strictObject({
  tokens: z.array(
    z.strictObject({
      name: text,
      role: z.enum(TOKEN_ROLES),
      sha256: z
        .string()
        .regex(
          /^[0-9a-fA-F]{64}$/,
          'expected the SHA-256 of the token, 64 hexadecimal digits, as printf %s "$TOKEN" | sha256sum gives it',
        ),
    }),
  ),
});

export const FILE_SCHEMA = nested('');
export { authSchema, projectsSchema };
