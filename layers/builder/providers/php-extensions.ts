/** How to build an extension that PHP's images lack. */
interface Extension {
  /** The extension's origin: PHP's own source, or PECL. */
  readonly from: 'php' | 'pecl';
  /** Debian packages that the extension is built with. The libraries that it needs to run stay in the image. */
  readonly build?: readonly string[];
  /** Options of `docker-php-ext-configure`. */
  readonly options?: string;
}

/** Source: hub.docker.com/_/php, "How to install more PHP extensions", and the extensions' own manuals. */
const EXTENSIONS: Readonly<Record<string, Extension>> = {
  bcmath: { from: 'php' },
  calendar: { from: 'php' },
  exif: { from: 'php' },
  gettext: { from: 'php' },
  mysqli: { from: 'php' },
  opcache: { from: 'php' },
  pcntl: { from: 'php' },
  pdo_mysql: { from: 'php' },
  shmop: { from: 'php' },
  sockets: { from: 'php' },
  sysvmsg: { from: 'php' },
  sysvsem: { from: 'php' },
  sysvshm: { from: 'php' },
  bz2: { from: 'php', build: ['libbz2-dev'] },
  ffi: { from: 'php', build: ['libffi-dev'] },
  gd: {
    from: 'php',
    build: ['libfreetype-dev', 'libjpeg62-turbo-dev', 'libpng-dev', 'libwebp-dev'],
    options: '--with-freetype --with-jpeg --with-webp',
  },
  gmp: { from: 'php', build: ['libgmp-dev'] },
  intl: { from: 'php', build: ['libicu-dev'] },
  ldap: { from: 'php', build: ['libldap2-dev'] },
  pdo_pgsql: { from: 'php', build: ['libpq-dev'] },
  pgsql: { from: 'php', build: ['libpq-dev'] },
  pspell: { from: 'php', build: ['libpspell-dev'] },
  soap: { from: 'php', build: ['libxml2-dev'] },
  tidy: { from: 'php', build: ['libtidy-dev'] },
  xsl: { from: 'php', build: ['libxslt1-dev'] },
  zip: { from: 'php', build: ['libzip-dev'] },
  amqp: { from: 'pecl', build: ['librabbitmq-dev'] },
  apcu: { from: 'pecl' },
  ds: { from: 'pecl' },
  ev: { from: 'pecl' },
  grpc: { from: 'pecl', build: ['zlib1g-dev'] },
  igbinary: { from: 'pecl' },
  imagick: { from: 'pecl', build: ['libmagickwand-dev'] },
  memcached: { from: 'pecl', build: ['libmemcached-dev', 'zlib1g-dev', 'libssl-dev'] },
  mongodb: { from: 'pecl', build: ['libssl-dev'] },
  msgpack: { from: 'pecl' },
  pcov: { from: 'pecl' },
  protobuf: { from: 'pecl' },
  rdkafka: { from: 'pecl', build: ['librdkafka-dev'] },
  redis: { from: 'pecl' },
  swoole: { from: 'pecl', build: ['libssl-dev', 'libcurl4-openssl-dev'] },
  uuid: { from: 'pecl', build: ['uuid-dev'] },
  xdebug: { from: 'pecl' },
  yaml: { from: 'pecl', build: ['libyaml-dev'] },
};
/** Extensions that all PHP images have. */
const BUILT_IN = new Set(
  'core ctype curl date dom fileinfo filter ftp hash iconv json libxml mbstring mysqlnd openssl pcre pdo pdo_sqlite phar posix random readline reflection session simplexml sodium spl sqlite3 standard tokenizer xml xmlreader xmlwriter zlib'.split(
    ' ',
  ),
);
/** Extensions that most servers use, although no `composer.json` asks for them. */
const PLAIN = ['mysqli', 'opcache', 'pdo_mysql', 'pdo_pgsql'];
const FRAMEWORK = [...PLAIN, 'bcmath', 'intl', 'pcntl', 'zip'];

/** The extensions to add to PHP's image, sorted, and the requested extensions that the builder does not know. */
export function phpExtensions(asked: readonly string[], framework: boolean): { added: string[]; unknown: string[] } {
  const all = [...new Set([...(framework ? FRAMEWORK : PLAIN), ...asked])].filter((name) => !BUILT_IN.has(name));
  const known = (name: string) => Object.hasOwn(EXTENSIONS, name);
  return { added: all.filter(known).toSorted(), unknown: all.filter((name) => !known(name)) };
}

/**
 * The commands that build extensions into PHP's image, as root. Of the Debian packages, only those that the extensions
 * need to run stay.
 */
export function extensionCommands(names: readonly string[]): string[] {
  const chosen = names.flatMap((name) => (Object.hasOwn(EXTENSIONS, name) ? [[name, EXTENSIONS[name]] as const] : []));
  const of = (from: Extension['from']) => chosen.flatMap(([name, each]) => (each?.from === from ? [name] : []));
  const libraries = [...new Set(chosen.flatMap(([, each]) => each?.build ?? []))].toSorted();
  const configured = chosen.flatMap(([name, each]) =>
    each?.options === undefined ? [] : [`docker-php-ext-configure ${name} ${each.options}`],
  );
  const pecl = of('pecl');
  return [
    `apt-get install -y --no-install-recommends $PHPIZE_DEPS ${libraries.join(' ')}`.trim(),
    ...configured,
    ...(of('php').length > 0 ? [`docker-php-ext-install -j"$(nproc)" ${of('php').join(' ')}`] : []),
    ...(pecl.length > 0 ? [`pecl install ${pecl.join(' ')}`, `docker-php-ext-enable ${pecl.join(' ')}`] : []),
    // The libraries that the extensions link to stay. They are found by file, because their packages have different
    // names in each Debian release.
    `apt-mark auto '.*' > /dev/null && apt-mark manual $keep nginx-light > /dev/null`,
    `find "$(php-config --extension-dir)" -name '*.so' -exec ldd {} + | awk '$2 == "=>" { print $3 }' | sort -u | xargs -r realpath | sed 'p;s,^/usr,,' | xargs -r dpkg-query --search 2> /dev/null | cut -d: -f1 | sort -u | xargs -r apt-mark manual > /dev/null`,
    'apt-get purge -y --auto-remove -o APT::AutoRemove::RecommendsImportant=false',
  ];
}
