import type { SourceTree } from '../source-tree.ts';
import { type Invocation, invocations } from './node-commands.ts';
import type { PackageJson } from './node-manifest.ts';

/** Programs of the system, of the shell, and of Node.js itself. They need no package. */
const SYSTEM = new Set(
  'node npm npx sh bash dash echo printf cd sleep test [ true false mkdir cp rm mv ln ls cat head tail date env export set unset wait kill trap if then else fi for do done while exit chmod touch find xargs grep sed awk tr cut sort uniq wc curl wget tee timeout pwd which python python3'.split(
    ' ',
  ),
);
/** Programs whose package has another name. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  nest: ['@nestjs/cli'],
  ng: ['@angular/cli'],
  tsc: ['typescript'],
  'remix-serve': ['@remix-run/serve'],
  remix: ['@remix-run/dev'],
  'react-router-serve': ['@react-router/serve'],
  'react-router': ['@react-router/dev'],
  'run-s': ['npm-run-all', 'npm-run-all2'],
  'run-p': ['npm-run-all', 'npm-run-all2'],
  'npm-run-all': ['npm-run-all', 'npm-run-all2'],
  'ts-node-esm': ['ts-node'],
  'ts-node-script': ['ts-node'],
  tsnd: ['ts-node-dev'],
  'babel-node': ['@babel/node'],
  babel: ['@babel/cli'],
  swc: ['@swc/cli'],
  'swc-node': ['@swc-node/register'],
  'vue-cli-service': ['@vue/cli-service'],
  'svelte-kit': ['@sveltejs/kit'],
  nuxi: ['nuxi', 'nuxt'],
  eleventy: ['@11ty/eleventy'],
  docusaurus: ['@docusaurus/core'],
  medusa: ['@medusajs/cli', '@medusajs/medusa'],
  strapi: ['@strapi/strapi'],
  sequelize: ['sequelize-cli'],
  typeorm: ['typeorm'],
  'typeorm-ts-node-commonjs': ['typeorm'],
  'mikro-orm': ['@mikro-orm/cli'],
  payload: ['payload'],
  directus: ['directus'],
  'redwood-api-server': ['@redwoodjs/api-server'],
  rw: ['@redwoodjs/core'],
  moleculer: ['moleculer'],
  'moleculer-runner': ['moleculer'],
  feathers: ['@feathersjs/cli'],
  fastify: ['fastify-cli'],
  keystone: ['@keystone-6/core'],
  sls: ['serverless'],
  'http-server': ['http-server'],
  wmr: ['wmr'],
  dotenvx: ['@dotenvx/dotenvx'],
  dotenv: ['dotenv-cli'],
  'cross-env-shell': ['cross-env'],
  'pm2-runtime': ['pm2'],
  graphile: ['graphile-worker'],
};
/** Options of Node.js that load a package before the app. */
const LOADS = /^(-r|--require|--import|--loader|--experimental-loader)(?:=(.+))?$/;

/**
 * Whether a start command needs a development dependency: it runs a program of one, loads one, or runs a script of the
 * app that names one. If this is uncertain, the answer is yes: an image that is too large still runs.
 */
export async function needsDevelopment(tree: SourceTree, manifest: PackageJson, line: string): Promise<boolean> {
  const development = Object.keys(manifest.devDependencies ?? {});
  if (development.length === 0) return false;
  const production = new Set(Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }));
  const lacks = (name: string): boolean => {
    const packages = Object.hasOwn(PACKAGES, name) ? (PACKAGES[name] ?? []) : [name];
    return !packages.some((each) => production.has(each));
  };
  for (const invocation of invocations(manifest, line)) {
    for (const name of packagesLoaded(invocation)) if (lacks(name) && development.includes(name)) return true;
    const program = programName(invocation.program);
    if (program === undefined) {
      const text = (await tree.head(invocation.program)) ?? '';
      const words = new Set(text.split(/[^\w@./-]+/));
      const named = (name: string) => words.has(name) && lacks(name);
      if (development.some(named) || Object.keys(PACKAGES).some(named)) return true;
    } else if (!SYSTEM.has(program) && !['pnpm', 'yarn', 'bun', 'bunx', 'pnpx'].includes(program) && lacks(program)) {
      return true;
    }
  }
  return false;
}

/** The package managers besides npm that a start command calls. The image must hold them. */
export function managersCalled(manifest: PackageJson, line: string): ReadonlySet<'pnpm' | 'yarn' | 'bun'> {
  const found = new Set<'pnpm' | 'yarn' | 'bun'>();
  for (const { program } of invocations(manifest, line)) {
    if (program === 'pnpm' || program === 'pnpx') found.add('pnpm');
    else if (program === 'yarn' || program === 'yarnpkg') found.add('yarn');
    else if (program === 'bun' || program === 'bunx') found.add('bun');
  }
  return found;
}

/** The name of a package's program, even if it is called by its path. Undefined for a file of the app. */
function programName(program: string): string | undefined {
  const linked = /(?:^|\/)node_modules\/\.bin\/([\w.-]+)$/.exec(program)?.[1];
  if (linked !== undefined) return linked;
  return program.includes('/') ? undefined : program;
}

function packagesLoaded({ program, words }: Invocation): string[] {
  const found = words.flatMap((word) => /node_modules\/((?:@[\w.-]+\/)?[\w-][\w.-]*)/.exec(word)?.[1] ?? []);
  if (program !== 'node') return found;
  for (const [at, word] of words.entries()) {
    const match = LOADS.exec(word);
    const loaded = match === null ? undefined : (match[2] ?? words[at + 1]);
    const name = /^((?:@[\w.-]+\/)?[\w-][\w.-]*)/.exec(loaded ?? '')?.[1];
    if (name !== undefined) found.push(name);
  }
  return found;
}
