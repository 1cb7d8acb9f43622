/** What people type next, in full. `verb` is one that the core named. */
export function nextCommand(rolloutId: string, verb: string): string {
  const rollout = `flotilla rollout ${verb} ${rolloutId}`;
  switch (verb) {
    case 'retry':
      return `${rollout} --failed`;
    case 'skip':
      return `${rollout} --target <id> --reason "…"`;
    case 'override-freeze':
      return `${rollout} --reason "…"`;
    case 'set':
    case 'setLimits':
      return `flotilla rollout set ${rolloutId} --group <name> --max-failures <n>`;
    default:
      return rollout;
  }
}
