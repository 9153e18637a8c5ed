import { parse } from '@babel/parser';
import type { Tree } from './modules.ts';

interface Lines {
  readonly start: { readonly line: number };
  readonly end: { readonly line: number };
}

/** Functions and methods, nested ones too, whose body has more than `limit` lines, as `<file>:<line>`. */
export function longFunctions(tree: Tree, limit: number): string[] {
  return [...tree].flatMap(([file, text]) => {
    const { program } = parse(text, { sourceType: 'module', plugins: ['typescript', 'explicitResourceManagement'] });
    return [...bodiesIn(program)]
      .filter(({ start, end }) => end.line - start.line + 1 > limit)
      .map(({ start }) => `${file}:${start.line}`);
  });
}

function* bodiesIn(node: unknown): Generator<Lines> {
  if (typeof node !== 'object' || node === null) return;
  if ('type' in node && /Function|Method/.test(String(node.type)) && 'body' in node) {
    const { loc } = node.body as { loc?: Lines };
    if (loc !== undefined) yield loc;
  }
  for (const [key, value] of Object.entries(node)) if (key !== 'loc') yield* bodiesIn(value);
}
