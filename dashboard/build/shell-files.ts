import type { Plugin } from 'vite';

/** The name of the worker's file. It has no hash, because browsers look for updates at the same address. */
export const WORKER = 'worker.js';
/** The font of Latin text, without its rare letters. */
const FONT = /inter-latin-wght-normal-.*\.woff2$/;

interface Part {
  readonly type: 'chunk' | 'asset';
  readonly fileName: string;
  readonly isEntry?: boolean;
  readonly imports?: readonly string[];
}

/** Gives the worker the list of the entry page's files: its script with all imports, its styles, its font and its icon. */
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
