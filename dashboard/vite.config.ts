import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';
import { slimRoutes } from './build/slim-routes.ts';

/** A static site of one entry page. Nothing is inlined and no polyfill is added: the content security policy allows files alone. */
export default defineConfig({
  plugins: [slimRoutes(), tailwindcss()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    manifest: 'build.json',
  },
});
