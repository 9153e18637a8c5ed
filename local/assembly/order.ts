import { AssemblyError } from './template.ts';

/** Orders `ids` so that each follows those it refers to. Throws an `AssemblyError` that names the members of a cycle. */
export function sortByReference(
  ids: readonly string[],
  references: (id: string) => readonly string[],
  where: string,
): readonly string[] {
  const sorted: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (id: string): void => {
    if (done.has(id)) return;
    const start = path.indexOf(id);
    if (start >= 0) {
      throw new AssemblyError([
        `${where}: these refer to each other in a circle: ${[...path.slice(start), id].join(' → ')}`,
      ]);
    }
    path.push(id);
    for (const other of references(id)) visit(other);
    path.pop();
    done.add(id);
    sorted.push(id);
  };
  for (const id of ids) visit(id);
  return sorted;
}
