export type GroupOrder =
  | { readonly kind: 'ordered'; readonly order: readonly number[] }
  | { readonly kind: 'refused'; readonly message: string };

/**
 * Positions of the groups in running order: the file's order, changed only where depends_on asks for it. At each step the first group of the
 * file runs whose dependencies have run.
 */
export function orderGroups(
  groups: readonly { readonly name: string; readonly dependsOn: readonly string[] }[],
): GroupOrder {
  const names = new Set(groups.map(({ name }) => name));
  for (const { name, dependsOn } of groups) {
    const unknown = dependsOn.find((dependency) => !names.has(dependency));
    if (unknown !== undefined) {
      return {
        kind: 'refused',
        message: `group "${name}" depends on "${unknown}", and the deployment has no such group`,
      };
    }
  }
  const order: number[] = [];
  const placed = new Set<string>();
  while (order.length < groups.length) {
    const next = groups.findIndex(({ name, dependsOn }) => !placed.has(name) && dependsOn.every((d) => placed.has(d)));
    const name = groups[next]?.name;
    if (name === undefined) return { kind: 'refused', message: cycleMessage(groups, placed) };
    order.push(next);
    placed.add(name);
  }
  return { kind: 'ordered', order };
}

function cycleMessage(
  groups: readonly { readonly name: string; readonly dependsOn: readonly string[] }[],
  placed: ReadonlySet<string>,
): string {
  // Each group that is left waits for another one that is left: following them must come back to one that was seen.
  const seen: string[] = [];
  let name = groups.find((group) => !placed.has(group.name))?.name;
  while (name !== undefined && !seen.includes(name)) {
    seen.push(name);
    name = groups.find((group) => group.name === seen.at(-1))?.dependsOn.find((dependency) => !placed.has(dependency));
  }
  const cycle = name === undefined ? seen : [...seen.slice(seen.indexOf(name)), name];
  return `depends_on of the groups is a cycle: ${cycle.map((each) => `"${each}"`).join(' -> ')}`;
}
