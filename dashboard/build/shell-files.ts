import type { Plugin } from 'vite';

/** The name of the worker's file, which carries no hash: browsers ask for it again. */
export const WORKER = 'worker.js';
/** The fonts of Latin text, without those of its rarer letters. */
const FONT = /inter-latin-wght-normal-.*\.woff2$/;

interface Part {
  readonly type: 'chunk' | 'asset';
  readonly fileName: string;
  readonly isEntry?: boolean;
  readonly imports?: readonly string[];
}

/** Gives the worker the list of what the entry page needs: its script with what that imports, its styles, its font and its icon. */
export function shellFiles(): Plugin {
  return {
    name: 'gantry-shell-files',
    generateBundle(_, bundle) {
      const worker = bundle[WORKER];
      if (worker?.type !== 'chunk') throw new Error(`The bundle has no ${WORKER}.`);
      const parts = Object.values(bundle) as readonly Part[];
      const entry = parts.find(({ type, isEntry, fileName }) => type === 'chunk' && isEntry && fileName !== WORKER);
      if (entry === undefined) throw new Error('The bundle has no entry page.');
      const scripts = [entry.fileName, ...(entry.imports ?? [])];
      const styles = parts.filter(({ fileName }) => fileName.endsWith('.css') || FONT.test(fileName));
      const files = [...scripts, ...styles.map(({ fileName }) => fileName), 'favicon.svg'];
      worker.code = worker.code.replace('SHELL_FILES', JSON.stringify(files.map((name) => `/${name}`)));
    },
  };
}
