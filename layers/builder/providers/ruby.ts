import { SYSTEM_PATH } from '../plan.ts';
import { defineProvider, type Start, unlocked } from './provider.ts';
import { findRubyVersion, type Gems, readGems } from './ruby-files.ts';

/** Debian packages that gems need and Ruby's images lack: for the build, and at run time. */
const NEEDED: Readonly<Record<string, { readonly build: readonly string[]; readonly run: readonly string[] }>> = {
  pg: { build: ['libpq-dev'], run: ['libpq5'] },
  mysql2: { build: ['default-libmysqlclient-dev'], run: ['libmariadb3'] },
  sqlite3: { build: ['libsqlite3-dev'], run: ['libsqlite3-0'] },
  rmagick: { build: ['libmagickwand-dev'], run: ['libmagickwand-6.q16-6'] },
  mini_magick: { build: [], run: ['imagemagick'] },
  'ruby-vips': { build: [], run: ['libvips42'] },
  charlock_holmes: { build: ['libicu-dev'], run: ['libicu72'] },
  tiny_tds: { build: ['freetds-dev'], run: ['libsybdb5'] },
};
const MAIN_FILES = ['app.rb', 'main.rb', 'server.rb', 'web.rb', 'bot.rb'];
/** Gems in the Gemfile of another kind of app, which needs them only as tools. */
const TOOLS = new Set(['cocoapods', 'fastlane', 'xcodeproj']);
/** The folder of all gems' programs. */
const BIN = 'vendor/bundle/bin';
const PORT = `\${PORT:-3000}`;

interface Facts {
  readonly gems: Gems;
  readonly rails: boolean;
  readonly migrates: boolean;
}

/** Ruby apps, with Bundler. Gems are in `vendor/bundle`. */
export const ruby = defineProvider<Facts>({
  name: 'ruby',
  looksFor: 'Gemfile',
  startHint: 'a config.ru or an app.rb',
  assets: true,
  async detect({ tree, names }) {
    if (!names.includes('Gemfile')) return undefined;
    if (!names.includes('package.json')) return 'Gemfile';
    const asked = [...(await readGems(tree)).names];
    return asked.length > 0 && asked.every((name) => TOOLS.has(name)) ? undefined : 'Gemfile';
  },
  async read({ tree, names }) {
    const application = names.includes('config') ? ((await tree.read('config/application.rb')) ?? '') : '';
    const rails = application.includes('Rails::Application');
    const database = rails ? await tree.list('db') : [];
    return {
      gems: await readGems(tree),
      rails,
      migrates: database.some((name) => /^(migrate|schema\.rb|structure\.sql)$/.test(name)),
    };
  },
  async versions(_, { tree }) {
    return { name: 'ruby', ...(await findRubyVersion(tree)) };
  },
  install({ gems }, { names }) {
    const frozen = gems.locked && gems.anyPlatform;
    // Bundler refuses a lock file that does not list the platform of the machine that builds.
    const platform = gems.locked && !gems.anyPlatform ? ['bundle lock --add-platform x86_64-linux'] : [];
    return {
      packageManager: { value: 'bundler', source: gems.locked ? 'Gemfile.lock' : 'Gemfile' },
      commands: [...platform, `${frozen ? 'BUNDLE_FROZEN=true ' : ''}bundle install`],
      // The command changes the lock file, which is not a folder that the cache could keep.
      inputs:
        gems.local || platform.length > 0
          ? []
          : ['Gemfile', 'Gemfile.lock', '.ruby-version'].filter((name) => names.includes(name)),
      notes: gems.locked ? [] : [unlocked('Gemfile.lock', 'bundle lock')],
    };
  },
  build({ gems, rails }) {
    const secret = `SECRET_KEY_BASE="\${SECRET_KEY_BASE:-only-for-the-build}" SECRET_KEY_BASE_DUMMY=1`;
    const pipeline = ['sprockets', 'sprockets-rails', 'propshaft'].find((name) => gems.names.has(name));
    const commands = [
      ...(rails && gems.names.has('bootsnap') ? ['bundle exec bootsnap precompile --gemfile app/ lib/'] : []),
      ...(rails && pipeline !== undefined ? [`${secret} bundle exec rails assets:precompile`] : []),
    ];
    return { commands, source: pipeline === undefined ? 'config/application.rb' : `Gemfile > ${pipeline}` };
  },
  start: ({ gems, rails }, { names }) => findStart(gems, rails, names),
  release: ({ rails, migrates }) =>
    rails && migrates ? { line: 'bundle exec rails db:migrate', source: 'db' } : undefined,
  caches: () => ({ dependencies: ['vendor/bundle'], caches: ['tmp/cache'] }),
  packages({ gems }) {
    const needed = Object.entries(NEEDED).filter(([name]) => gems.names.has(name));
    const all = (part: 'build' | 'run') => [...new Set(needed.flatMap(([, each]) => each[part]))].toSorted();
    const script = gems.names.has('execjs') ? ['nodejs'] : [];
    return { build: [...all('build'), ...script], run: ['libjemalloc2', ...all('run'), ...script] };
  },
  env: ({ rails }) => ({
    BUNDLE_PATH: 'vendor/bundle',
    BUNDLE_BIN: BIN,
    // A Procfile may start "ruby app.rb" or "puma" without Bundler. With this option the app finds its gems anyway.
    RUBYOPT: '-rbundler/setup',
    PATH: `/app/${BIN}:${SYSTEM_PATH}`,
    BUNDLE_WITHOUT: 'development:test',
    MALLOC_ARENA_MAX: '2',
    RACK_ENV: 'production',
    APP_ENV: 'production',
    ...(rails && { RAILS_ENV: 'production', RAILS_LOG_TO_STDOUT: '1', RAILS_SERVE_STATIC_FILES: '1' }),
  }),
});

function findStart({ names: gems }: Gems, rails: boolean, names: readonly string[]): Start | undefined {
  if (rails) {
    const program = names.includes('bin') ? 'bin/rails' : 'rails';
    return { line: `bundle exec ${program} server -b 0.0.0.0 -p ${PORT}`, source: 'config/application.rb' };
  }
  if (names.includes('config.ru')) {
    const rackup = gems.has('rackup') || !gems.has('puma');
    const line = rackup ? `rackup config.ru -o 0.0.0.0 -p ${PORT}` : `puma -b tcp://0.0.0.0:${PORT}`;
    return { line: `bundle exec ${line}`, source: 'config.ru' };
  }
  const main = MAIN_FILES.find((name) => names.includes(name));
  if (main !== undefined) return { line: `bundle exec ruby ${main}`, source: main };
  return names.includes('Rakefile') ? { line: 'bundle exec rake', source: 'Rakefile' } : undefined;
}
