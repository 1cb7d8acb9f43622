/** Circles in a graph of names, each once, as the way round it: `['a', 'b', 'a']`. In the order of `names`. */
export function findCycles(
  names: Iterable<string>,
  next: (name: string) => readonly string[],
): readonly (readonly string[])[] {
  const cycles: (readonly string[])[] = [];
  const done = new Set<string>();
  for (const start of names) walk(start, next, done, cycles);
  return cycles;
}

/** Depth first without recursion: chains of locals may be long. */
function walk(
  start: string,
  next: (name: string) => readonly string[],
  done: Set<string>,
  cycles: (readonly string[])[],
): void {
  if (done.has(start)) return;
  const path: { readonly name: string; readonly rest: string[] }[] = [{ name: start, rest: [...next(start)] }];
  const onPath = new Set([start]);
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const name = top.rest.shift();
    if (name === undefined) {
      path.pop();
      onPath.delete(top.name);
      done.add(top.name);
    } else if (onPath.has(name)) {
      const way = path.map((step) => step.name);
      cycles.push([...way.slice(way.indexOf(name)), name]);
    } else if (!done.has(name)) {
      onPath.add(name);
      path.push({ name, rest: [...next(name)] });
    }
  }
}
