import type { SourceTree } from '../source-tree.ts';
import { type Composer, readComposer } from './php-composer.ts';
import { phpExtensions } from './php-extensions.ts';
import { PHP_SERVER_PATH } from './php-server.ts';
import { findPhpVersion } from './php-version.ts';
import { defineProvider, unlocked } from './provider.ts';
import { shellQuote } from './shell-words.ts';

/** The folders that an app of PHP is served from, in order. */
const FOLDERS = ['public', 'web', 'htdocs', 'public_html', 'www', 'html'];
const NO_QUESTIONS = '--no-dev --no-interaction';

interface Facts {
  readonly composer: Composer;
  readonly framework: 'laravel' | 'symfony' | undefined;
  /** The folder with `index.php`, or undefined where there is none. */
  readonly root: string | undefined;
}

/** PHP apps, with Composer where they have packages, served by nginx and PHP-FPM. */
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
          (name) => `nothing is known of the extension ${name}, so that the image does not have it; a Dockerfile can`,
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

/** What `php artisan storage:link` does, by a path that holds wherever the app lies. */
const LINK_STORAGE = '[ -e public/storage ] || ln -s ../storage/app/public public/storage';

async function findRoot(tree: SourceTree, names: readonly string[]): Promise<string | undefined> {
  for (const folder of FOLDERS.filter((name) => names.includes(name))) {
    if (await tree.exists(`${folder}/index.php`)) return folder;
  }
  return names.includes('index.php') ? '.' : undefined;
}

/** A line for the servers of Heroku's PHP, which are in no image but Heroku's, becomes one for the builder's own. */
function withoutHeroku(line: string): string {
  const match = /^(?:vendor\/bin\/)?heroku-(?:php|hhvm)-(?:apache2|nginx)(?:\s+-\S+\s+\S+)*(?:\s+([\w./-]+))?\s*$/.exec(
    line,
  );
  return match === null ? line : `sh ${PHP_SERVER_PATH} ${match[1] ?? '.'}`;
}
