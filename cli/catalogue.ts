import type { Listed } from './declare.ts';
import { verbs } from './verbs.ts';

/** Every command, each group before its verbs. */
export async function catalogue(): Promise<readonly Listed[]> {
  const listed = await Promise.all(
    Object.entries(verbs).map(async ([name, { summary, load }]): Promise<Listed[]> => {
      const { command } = await load();
      if ('run' in command) return [{ words: [name], summary, verb: command }];
      const below = Object.entries(command.verbs).map(([sub, verb]) => {
        return { words: [name, sub], summary: verb.summary ?? '', verb };
      });
      return [{ words: [name], summary }, ...below];
    }),
  );
  return listed.flat();
}
