import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';
import { slimContract } from './build/slim-contract.ts';

/** A static site of one entry page. Nothing is inlined and no polyfill is added: the content security policy allows files alone. */
export default defineConfig({
  plugins: [slimContract(), tailwindcss()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    manifest: 'build.json',
  },
});
