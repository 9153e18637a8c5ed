import type { SourceTree } from '../source-tree.ts';
import { type Composer, readComposer } from './php-composer.ts';
import { phpExtensions } from './php-extensions.ts';
import { PHP_SERVER_PATH } from './php-server.ts';
import { findPhpVersion } from './php-version.ts';
import { defineProvider, unlocked } from './provider.ts';
import { shellQuote } from './shell-words.ts';

/** The folders from which a PHP app may be served. The first that exists is taken. */
const FOLDERS = ['public', 'web', 'htdocs', 'public_html', 'www', 'html'];
const NO_QUESTIONS = '--no-dev --no-interaction';

interface Facts {
  readonly composer: Composer;
  readonly framework: 'laravel' | 'symfony' | undefined;
  /** The folder with `index.php`; undefined if there is none. */
  readonly root: string | undefined;
}

/** PHP apps, served by nginx and PHP-FPM. Composer installs their packages. */
export const php = defineProvider<Facts>({
  name: 'php',
  looksFor: 'composer.json, or index.php in the folder itself or in public',
  startHint: 'an index.php, in the folder itself or in public',
  assets: true,
  async detect({ tree, names }) {
    const own = ['composer.json', 'index.php'].find((name) => names.includes(name));
    if (own !== undefined || names.includes('package.json')) return own;
    return names.includes('public') && (await tree.exists('public/index.php')) ? 'public/index.php' : undefined;
  },
  async read({ tree, names }) {
    const composer = await readComposer(tree);
    const laravel = names.includes('artisan') || composer.packages.has('laravel/framework');
    const symfony = composer.packages.has('symfony/framework-bundle') || composer.packages.has('symfony/runtime');
    const framework = laravel ? ('laravel' as const) : symfony ? ('symfony' as const) : undefined;
    return { composer, framework, root: await findRoot(tree, names) };
  },
  async versions({ composer }, { tree }) {
    return { name: 'php', ...(await findPhpVersion(tree, composer)) };
  },
  install({ composer, framework }, { names }) {
    if (!names.includes('composer.json')) return { commands: [], inputs: [] };
    const locked = names.includes('composer.lock');
    const { unknown } = phpExtensions(composer.extensions, framework !== undefined);
    return {
      packageManager: { value: 'composer', source: locked ? 'composer.lock' : 'composer.json' },
      commands: [`composer install ${NO_QUESTIONS} --prefer-dist --no-progress --no-scripts --no-autoloader`],
      inputs: composer.local
        ? []
        : ['composer.json', 'composer.lock', 'auth.json'].filter((name) => names.includes(name)),
      later: [`composer dump-autoload ${NO_QUESTIONS} --optimize`],
      notes: [
        ...(locked ? [] : [unlocked('composer.lock', 'composer update')]),
        ...unknown.map(
          (name) =>
            `the builder does not know the PHP extension ${name}, so the image lacks it; to add it, use a Dockerfile`,
        ),
      ],
    };
  },
  build({ composer, framework }) {
    if (framework === 'laravel') {
      const folders = ['cache/data', 'sessions', 'views'].map((name) => `storage/framework/${name}`);
      return {
        commands: [`mkdir -p ${folders.join(' ')} storage/logs storage/app/public bootstrap/cache`, LINK_STORAGE],
        source: 'composer.json > laravel/framework',
      };
    }
    const scripts = framework === 'symfony' && composer.scripts.has('auto-scripts');
    return {
      commands: scripts ? [`APP_ENV=prod composer run-script ${NO_QUESTIONS} post-install-cmd`] : [],
      source: scripts ? 'composer.json > scripts > auto-scripts' : 'default',
    };
  },
  start: ({ root }) =>
    root === undefined
      ? undefined
      : { line: `sh ${PHP_SERVER_PATH} ${shellQuote(root)}`, source: root === '.' ? 'index.php' : `${root}/index.php` },
  unwrap: (_, line) => withoutHeroku(line),
  release({ composer, framework }) {
    if (framework === 'laravel') return { line: 'php artisan migrate --force', source: 'artisan' };
    if (!composer.packages.has('doctrine/doctrine-migrations-bundle')) return undefined;
    const line = 'php bin/console doctrine:migrations:migrate --no-interaction --allow-no-migration';
    return { line, source: 'composer.json > doctrine/doctrine-migrations-bundle' };
  },
  caches: (_, { names }) => ({
    dependencies: names.includes('composer.json') ? ['vendor'] : [],
    caches: ['~/.cache/composer'],
  }),
  packages: () => ({ build: ['git', 'unzip'], run: ['nginx-light'] }),
  extensions: ({ composer, framework }) => phpExtensions(composer.extensions, framework !== undefined).added,
  env: ({ framework }) => ({
    ...(framework === 'laravel' && { APP_ENV: 'production', APP_DEBUG: 'false', LOG_CHANNEL: 'stderr' }),
    ...(framework === 'symfony' && { APP_ENV: 'prod', APP_DEBUG: '0' }),
  }),
});

/** Does the same as `php artisan storage:link`, but with a relative path, which works wherever the app's folder is. */
const LINK_STORAGE = '[ -e public/storage ] || ln -s ../storage/app/public public/storage';

async function findRoot(tree: SourceTree, names: readonly string[]): Promise<string | undefined> {
  for (const folder of FOLDERS.filter((name) => names.includes(name))) {
    if (await tree.exists(`${folder}/index.php`)) return folder;
  }
  return names.includes('index.php') ? '.' : undefined;
}

/**
 * Replaces a start line for Heroku's PHP servers, which only Heroku's images have, by a line for the builder's own
 * server.
 */
function withoutHeroku(line: string): string {
  const match = /^(?:vendor\/bin\/)?heroku-(?:php|hhvm)-(?:apache2|nginx)(?:\s+-\S+\s+\S+)*(?:\s+([\w./-]+))?\s*$/.exec(
    line,
  );
  return match === null ? line : `sh ${PHP_SERVER_PATH} ${match[1] ?? '.'}`;
}
