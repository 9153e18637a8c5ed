import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';
import { shellFiles, WORKER } from './build/shell-files.ts';
import { slimContract } from './build/slim-contract.ts';

/** A static site with one entry page and its worker. Nothing is inlined and there is no polyfill: the content security policy only allows files. */
export default defineConfig({
  plugins: [slimContract(), tailwindcss(), shellFiles()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    manifest: 'build.json',
    rolldownOptions: {
      input: ['index.html', 'worker/worker.ts'],
      output: { entryFileNames: ({ name }) => (`${name}.js` === WORKER ? WORKER : 'assets/[name]-[hash].js') },
    },
  },
});
