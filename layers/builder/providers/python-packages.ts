/** Debian packages that Python packages need and Python's images lack: for the build, and at run time. */
const NEEDED: Readonly<Record<string, { readonly build?: readonly string[]; readonly run: readonly string[] }>> = {
  psycopg2: { build: ['libpq-dev'], run: ['libpq5'] },
  psycopg: { run: ['libpq5'] },
  'psycopg[c]': { build: ['libpq-dev'], run: ['libpq5'] },
  mysqlclient: { build: ['default-libmysqlclient-dev'], run: ['libmariadb3'] },
  pycairo: { build: ['libcairo2-dev'], run: ['libcairo2'] },
  cairosvg: { run: ['libcairo2'] },
  cairocffi: { run: ['libcairo2'] },
  weasyprint: { run: ['libpango-1.0-0', 'libpangoft2-1.0-0', 'libharfbuzz-subset0'] },
  pdf2image: { run: ['poppler-utils'] },
  pytesseract: { run: ['tesseract-ocr'] },
  pydub: { run: ['ffmpeg'] },
  moviepy: { run: ['ffmpeg'] },
  'ffmpeg-python': { run: ['ffmpeg'] },
  'opencv-python': { run: ['libgl1', 'libglib2.0-0'] },
  'opencv-contrib-python': { run: ['libgl1', 'libglib2.0-0'] },
  'python-magic': { run: ['libmagic1'] },
  pyodbc: { build: ['unixodbc-dev'], run: ['unixodbc'] },
  'python-ldap': { build: ['libldap2-dev', 'libsasl2-dev'], run: ['libldap-2.5-0', 'libsasl2-2'] },
  graphviz: { run: ['graphviz'] },
  pygraphviz: { build: ['libgraphviz-dev'], run: ['graphviz'] },
  gdal: { build: ['libgdal-dev'], run: ['libgdal32'] },
  xmlsec: { build: ['libxmlsec1-dev'], run: ['libxmlsec1-openssl'] },
};
/** Packages that include the library themselves. */
const COMPLETE: Readonly<Record<string, readonly string[]>> = { psycopg: ['psycopg[binary]', 'psycopg-binary'] };

/** The system packages that the declared packages of an app need, by their names in Debian 12. */
export function neededPackages(declared: ReadonlySet<string>): { build: string[]; run: string[] } {
  const needed = Object.entries(NEEDED).filter(
    ([name]) => declared.has(name) && !(COMPLETE[name] ?? []).some((other) => declared.has(other)),
  );
  const all = (part: 'build' | 'run') =>
    [...new Set(needed.flatMap(([, packages]) => packages[part] ?? []))].toSorted();
  return { build: all('build'), run: all('run') };
}
