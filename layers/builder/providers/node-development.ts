import { invocations, splitLine, unwrap } from './node-commands.ts';
import { type PackageJson, scriptOf } from './node-manifest.ts';

/**
 * Programs that serve an app to its developer, with the words after their name that start the server. An empty word
 * means no word. Preview servers are included, because they refuse requests to public host names.
 */
const SERVERS: Readonly<Record<string, readonly string[]>> = {
  vite: ['', 'dev', 'serve', 'preview'],
  'react-scripts': ['start'],
  'react-app-rewired': ['start'],
  craco: ['start'],
  ng: ['serve', 's', 'dev'],
  next: ['', 'dev'],
  nest: ['start'],
  nuxt: ['', 'dev', 'preview'],
  nuxi: ['dev', 'preview'],
  astro: ['', 'dev', 'preview'],
  'svelte-kit': ['dev', 'preview'],
  remix: ['dev', 'vite:dev'],
  'react-router': ['dev'],
  gatsby: ['develop', 'serve'],
  webpack: ['serve', 'server'],
  'webpack-dev-server': [''],
  parcel: ['', 'serve', 'watch'],
  'vue-cli-service': ['', 'serve'],
  vuepress: ['dev'],
  vitepress: ['', 'dev', 'preview', 'serve'],
  docusaurus: ['start', 'serve'],
  storybook: ['dev'],
  'start-storybook': [''],
  rsbuild: ['', 'dev', 'preview'],
  rspack: ['serve', 'dev'],
  farm: ['', 'start', 'dev'],
  umi: ['dev'],
  max: ['dev'],
  expo: ['start'],
  eleventy: ['--serve'],
  ember: ['serve', 's'],
  nx: ['serve', 'dev'],
  turbo: ['dev'],
  vinxi: ['dev'],
  nitro: ['dev'],
  nitropack: ['dev'],
  quasar: ['dev'],
  ionic: ['serve'],
  'live-server': [''],
  'browser-sync': ['start'],
  wrangler: ['dev'],
  medusa: ['develop'],
  strapi: ['develop', 'dev'],
};
/**
 * Names of scripts for production that an app may have if its `start` script is for developers. The first that exists
 * is taken.
 */
const PRODUCTION_SCRIPTS = [
  'start:prod',
  'start:production',
  'start-prod',
  'prod',
  'production',
  'serve:prod',
  'start:server',
  'serve',
];

/** The development server that a line runs, with its arguments. Undefined if the line runs none. */
export function developmentServer(manifest: PackageJson, line: string): string | undefined {
  for (const { program, words } of invocations(manifest, line)) {
    const name = program.replace(/^.*node_modules\/\.bin\//, '');
    const asked = Object.hasOwn(SERVERS, name) ? (SERVERS[name] ?? []) : [];
    const [, ...rest] = words;
    const first = rest.find((word) => !word.startsWith('-')) ?? '';
    if (rest.some((word) => asked.includes(word) && word.startsWith('--'))) return words.join(' ');
    const isFile = /[./]/.test(first);
    if (asked.includes(first) || (asked.includes('') && isFile && name !== 'next')) return words.join(' ');
  }
  return undefined;
}

/** A script that starts the app in production, for an app whose `start` script is for developers. */
export function productionScript(manifest: PackageJson): string | undefined {
  return PRODUCTION_SCRIPTS.find((name) => {
    const line = scriptOf(manifest, name);
    return line !== undefined && developmentServer(manifest, line) === undefined;
  });
}

/**
 * Removes the watcher from a line that runs one file and restarts it at each change. Undefined for every other line.
 */
export function withoutWatching(line: string): string | undefined {
  const commands = splitLine(line);
  const [words = []] = commands;
  if (commands.length !== 1) return undefined;
  const inner = unwrap(words);
  const head = words.slice(0, words.length - inner.length);
  const [program, ...rest] = inner;
  const file = /^[\w./-]+\.[cm]?[jt]s$/;
  if (program === 'nodemon' && rest.length === 1 && file.test(rest[0] ?? ''))
    return [...head, /ts$/.test(rest[0] ?? '') ? 'tsx' : 'node', ...rest].join(' ');
  if (program === 'tsx' && rest[0] === 'watch') return [...head, 'tsx', ...rest.slice(1)].join(' ');
  if ((program === 'node' || program === 'bun') && rest.some((word) => /^--(watch|hot)(-path)?\b/.test(word)))
    return [...head, program, ...rest.filter((word) => !/^--(watch|hot)(-path)?\b/.test(word))].join(' ');
  return undefined;
}
