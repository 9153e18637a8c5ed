import { describe, expect, it } from '@jest/globals';
import { planBuild } from '../../../layers/builder/detect.ts';
import { memoryTree } from '../../../layers/builder/source-tree.ts';

const planOf = (files: Readonly<Record<string, string>>) => planBuild(memoryTree(files));
const MAIN = { 'main.py': 'print("hello")\n' };
const PINNED = `printf '%s\\n' "$pinned" | pip --python .venv/bin/python install --no-deps -r /dev/stdin`;

describe('a Python app', () => {
  it.each([
    [{ 'uv.lock': '', 'requirements.txt': '' }, 'uv', 'uv sync --frozen --no-dev --no-editable'],
    [{ 'poetry.lock': '' }, 'poetry', `pinned="$(poetry export --with-credentials)" && ${PINNED}`],
    [{ 'requirements.txt': '' }, 'pip', 'pip --python .venv/bin/python install -r requirements.txt'],
    [{ 'pdm.lock': '' }, 'pdm', 'pdm sync --prod --no-self && rm -f .pdm-python'],
    [{ Pipfile: '', 'Pipfile.lock': '' }, 'pipenv', `pinned="$(pipenv requirements --exclude-index)" && ${PINNED}`],
    [
      { 'requirements/base.txt': '', 'requirements/dev.txt': '' },
      'pip',
      'pip --python .venv/bin/python install -r requirements/base.txt',
    ],
    [{ 'pyproject.toml': '[build-system]\n' }, 'pip', 'pip --python .venv/bin/python install .'],
    [{}, undefined, undefined],
  ])('with %j is installed by %s', async (files, manager, command) => {
    const plan = await planOf({ ...MAIN, ...(files as Record<string, string>) });
    expect([plan.packageManager, plan.install.at(-1)]).toEqual([manager, command]);
  });

  it('installs from its lock file alone, unless the install reads the app itself', async () => {
    const inputsOf = async (files: Readonly<Record<string, string>>) =>
      (await planOf({ ...MAIN, ...files })).installInputs;
    expect(await inputsOf({ 'requirements.txt': 'flask==3.0.0\n' })).toEqual(['requirements.txt']);
    expect(
      await inputsOf({ 'requirements.txt': '-r lib/base.txt\n', 'lib/base.txt': '-r more.txt', 'lib/more.txt': '' }),
    ).toEqual(['requirements.txt', 'lib/base.txt', 'lib/more.txt']);
    expect(await inputsOf({ 'requirements.txt': '-r gone.txt\n' })).toEqual([]);
    expect(await inputsOf({ 'requirements.txt': './lib\n' })).toEqual([]);
    expect(await inputsOf({ 'uv.lock': '', 'pyproject.toml': '[tool.uv.workspace]\n' })).toEqual([]);
  });

  it('with Poetry is locked first if it has no lock file, is installed itself if it is a package, and without hashes if some packages have none', async () => {
    const poetry = (text: string, lock?: string) =>
      planOf({
        ...MAIN,
        'pyproject.toml': `[tool.poetry]\n${text}\n`,
        ...(lock !== undefined && { 'poetry.lock': lock }),
      });
    const unlocked = await poetry('');
    expect([unlocked.install[1], unlocked.install[2]?.includes('--without-hashes'), unlocked.notes[0]]).toEqual([
      'poetry lock',
      true,
      'there is no poetry.lock, so each install may get other versions; run "poetry lock" and commit the file',
    ]);
    const packaged = await poetry('packages = [{ include = "web" }]', '');
    expect([packaged.build, packaged.installInputs, packaged.notes]).toEqual([
      ['pip --python .venv/bin/python install --no-deps .'],
      ['pyproject.toml', 'poetry.lock'],
      [],
    ]);
    expect((await poetry('package-mode = false\npackages = []', '')).install).toHaveLength(2);
    const from = (type: string) => poetry('', `[[package]]\nname = "x"\n[package.source]\ntype = "${type}"\n`);
    const shown = async (type: string) => {
      const { install, installInputs } = await from(type);
      return [install.at(-1)?.includes('--without-hashes'), installInputs];
    };
    const files = ['pyproject.toml', 'poetry.lock'];
    expect(await Promise.all(['legacy', 'git', 'file', 'directory'].map(shown))).toEqual([
      [false, files],
      [true, files],
      [false, []],
      [true, []],
    ]);
    await expect(poetry('', '[[package]')).rejects.toThrow('poetry.lock is not valid TOML');
  });

  it.each([
    ['.python-version', '3.12.1\n', '3.12.1'],
    ['runtime.txt', 'python-3.11.4\n', '3.11.4'],
    ['.tool-versions', 'nodejs 22\npython 3.10\n', '3.10'],
    ['pyproject.toml > requires-python', '[project]\nrequires-python = ">=3.9,<3.12"\n', '3.11'],
    ['pyproject.toml > requires-python', '[project]\nrequires-python = ">=3.14"\n', '3.14'],
    ['pyproject.toml > requires-python', '[project]\nrequires-python = "~=3.10"\n', '3.13'],
    ['pyproject.toml > tool > poetry > python', '[tool.poetry.dependencies]\npython = "^3.8"\n', '3.13'],
  ])('takes its version from %s: %j', async (versionSource, text, version) => {
    const plan = await planOf({ ...MAIN, [versionSource.split(' ')[0] ?? '']: text });
    expect(plan.runtime).toEqual({ name: 'python', version, versionSource });
  });

  it.each([
    ['fastapi\nuvicorn\n', 'app = FastAPI()', `uvicorn main:app --host 0.0.0.0 --port \${PORT:-8000}`],
    ['fastapi[standard]\n', 'api: FastAPI = FastAPI()', `uvicorn main:api --host 0.0.0.0 --port \${PORT:-8000}`],
    ['Flask\ngunicorn==23\n', 'app = flask.Flask(__name__)', `gunicorn --bind 0.0.0.0:\${PORT:-8000} main:app`],
    ['flask\n', 'app = Flask(__name__)', 'python main.py'],
  ])('that declares %j starts with a server that it declares', async (requirements, text, start) => {
    expect((await planOf({ 'requirements.txt': requirements, 'main.py': `${text}\n` })).start).toBe(start);
  });

  it('with Django starts with its WSGI or ASGI application', async () => {
    const app = {
      'manage.py': 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site.settings")',
      'site/wsgi.py': '',
      'site/asgi.py': '',
    };
    const startOf = async (requirements: string) =>
      (await planOf({ ...app, 'requirements.txt': requirements })).start.split(' ')[0];
    expect([await startOf('django\ngunicorn'), await startOf('django\nuvicorn'), await startOf('django')]).toEqual([
      'gunicorn',
      'uvicorn',
      'python',
    ]);
  });

  it('that is not a package itself gets its listed packages, each quoted as one word, and is not built', async () => {
    const pyproject = `[project]\nname = "x"\nversion = "1"\ndependencies = ["flask>=3 ; python_version > '3'", "a$(touch x)"]\n`;
    const plan = await planOf({ ...MAIN, 'pyproject.toml': pyproject, 'app/x.py': '', 'static/y.css': '' });
    expect([plan.install.at(-1), plan.build, plan.installInputs]).toEqual([
      `printf '%s\\n' 'flask>=3 ; python_version > '\\''3'\\''' 'a$(touch x)' | pip --python .venv/bin/python install -r /dev/stdin`,
      [],
      ['pyproject.toml'],
    ]);
    const many = Array.from({ length: 400 }, (_, index) => `"package-${index}"`).join(',');
    const long = await planOf({ ...MAIN, 'pyproject.toml': `[project]\ndependencies = [${many}]\n` });
    expect(long.install.at(-1)).toBe('uv pip install --python .venv/bin/python -r pyproject.toml');
  });

  it('with uv that is a package is installed after its dependencies, even if the service has its own build command', async () => {
    const app = { ...MAIN, 'uv.lock': '', 'pyproject.toml': '[build-system]\n' };
    const plan = await planBuild(memoryTree(app), { installCommand: null, buildCommand: 'make assets' });
    expect(plan.install).toEqual(['uv sync --frozen --no-dev --no-install-project']);
    expect(plan.build).toEqual(['uv sync --frozen --no-dev --no-editable', 'make assets']);
  });

  it("that is a member of a uv workspace is installed from the workspace's lock file, and starts in its own folder", async () => {
    const files = {
      'pyproject.toml': '[tool.uv.workspace]\nmembers = ["apps/*"]\nexclude = ["apps/old"]\n',
      'uv.lock': '',
      'apps/web/pyproject.toml': '[project]\nname = "web"\ndependencies = ["django", "gunicorn"]\n',
      'apps/web/manage.py': '"web.settings"',
      'apps/web/web/settings.py': 'STATIC_ROOT = "s"\n',
      'apps/web/web/wsgi.py': '',
      'apps/web/package.json': '{ "scripts": { "build": "vite build" }, "devDependencies": { "vite": "7.0.0" } }',
      'apps/web/package-lock.json': '{}',
      'apps/old/pyproject.toml': '[project]\nname = "old"\ndependencies = ["flask"]\n',
      'apps/old/main.py': '',
    };
    const member = (folder: string) =>
      planBuild(memoryTree(files), { installCommand: null, buildCommand: null }, folder);
    expect(await member('apps/web')).toMatchObject({
      ...{ root: '.', folder: 'apps/web', packageManager: 'uv', installInputs: [] },
      dependencyFolders: ['.venv', 'apps/web/node_modules'],
      install: ['uv sync --frozen --no-dev --no-editable --package web', 'cd apps/web && npm ci'],
      build: ['cd apps/web && npm run build', 'cd apps/web && python manage.py collectstatic --noinput'],
      prune: ['cd apps/web && rm -rf node_modules'],
      start: `gunicorn --bind 0.0.0.0:\${PORT:-8000} web.wsgi:application`,
    });
    expect((await member('apps/old')).packageManager).toBe('pip');
  });

  it('with Pipenv gets its packages from the index that it names, and is locked first if it has no lock file', async () => {
    const own = { ...MAIN, Pipfile: '[[source]]\nurl = "https://packages.example.com/simple"\n' };
    const plan = await planOf(own);
    expect(plan.install.slice(1)).toEqual(['pipenv lock', `pinned="$(pipenv requirements)" && ${PINNED}`]);
    expect(plan.notes).toEqual([expect.stringContaining('there is no Pipfile.lock')]);
  });

  it.each([
    ['.python-version', '# pinned\n\n3.12 # why\n', '3.12'],
    ['.python-version', '3.12\r\n', '3.12'],
    ['runtime.txt', 'python-3.12.1  # library x', '3.12.1'],
    ['mise.toml', '[tools]\npython = ["3.11", "3.12"]\n', '3.11'],
    [
      'Pipfile > python_full_version',
      '[requires]\npython_version = "3.11"\npython_full_version = "3.11.9"\n',
      '3.11.9',
    ],
    ['.python-version', '2.7.18', '2.7.18'],
    ['.tool-versions', 'python 3.13.0 # c', '3.13.0'],
  ])('understands %s as people write it: %j', async (versionSource, text, version) => {
    const plan = await planOf({ ...MAIN, [versionSource.split(' ')[0] ?? '']: text });
    expect(plan.runtime).toEqual({ name: 'python', version, versionSource });
  });

  it("with a version file that is not UTF-8 text is refused with the file's name", async () => {
    await expect(planOf({ ...MAIN, '.python-version': '\uFFFD\uFFFD3\0.\0' })).rejects.toThrow(
      '.python-version is not text in UTF-8; save it in that encoding',
    );
  });

  it.each([
    ['python-fasthtml', 'app, rt = fast_app()', `uvicorn main:app --host 0.0.0.0 --port \${PORT:-8000}`],
    ['flask\nwaitress', 'app = create_app()', `waitress-serve --listen=0.0.0.0:\${PORT:-8000} main:app`],
    ['starlette\nhypercorn', 'app = Starlette()', `hypercorn --bind 0.0.0.0:\${PORT:-8000} main:app`],
    [
      'streamlit',
      'import streamlit as st',
      `streamlit run main.py --server.address 0.0.0.0 --server.port \${PORT:-8000} --server.headless true`,
    ],
  ])('that declares %j is served by the server of that package', async (requirements, text, start) => {
    expect((await planOf({ 'requirements.txt': requirements, 'main.py': `${text}\n` })).start).toBe(start);
  });

  it('without a main file starts with its wsgi.py, its only command or its package', async () => {
    const wsgi = {
      'requirements.txt': 'gunicorn',
      'wsgi.py': 'from shop import create_app\napplication = create_app()\n',
    };
    expect((await planOf(wsgi)).start).toBe(`gunicorn --bind 0.0.0.0:\${PORT:-8000} wsgi:application`);
    const scripts = {
      'pyproject.toml': '[project]\nname = "shop"\n[project.scripts]\nserve = "shop:main"\n[build-system]\n',
    };
    expect((await planOf(scripts)).start).toBe('serve');
    const module = { 'pyproject.toml': '[project]\nname = "my-shop"\n', 'src/my_shop/__main__.py': '' };
    expect((await planOf(module)).start).toBe('python -m my_shop');
  });

  it('with Django collects static files if its settings name a folder, and proposes to migrate before it serves', async () => {
    const app = {
      'manage.py': 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings.production")',
      'shop/settings/base.py': "WSGI_APPLICATION = 'shop.http.application'\n    STATIC_ROOT = BASE_DIR / 'static'\n",
      'shop/settings/production.py': 'from .base import *',
      'shop/http.py': '',
      'requirements.txt': 'django\ngunicorn',
    };
    expect(await planOf(app)).toMatchObject({
      start: `gunicorn --bind 0.0.0.0:\${PORT:-8000} shop.http:application`,
      build: ['python manage.py collectstatic --noinput'],
      release: 'python manage.py migrate --noinput',
    });
    const bare = await planOf({ ...app, 'shop/settings/base.py': '', 'requirements.txt': 'django' });
    expect([bare.build, bare.notes]).toEqual([[], [expect.stringContaining("Django's development server")]]);
  });

  it.each([
    ['uv run main.py', 'python main.py'],
    ['uv run --no-dev -m shop --port 1', 'python -m shop --port 1'],
    ['poetry run gunicorn shop:app', 'gunicorn shop:app'],
    ['python migrate.py && exec pipenv run serve --fast', 'python migrate.py && exec gunicorn shop:app --fast'],
    ['pdm run start', 'uvicorn shop:app'],
    ['uv run --with httpx main.py', 'uv run --with httpx main.py'],
  ])('whose Procfile says "%s" runs without the manager, which the image lacks', async (web, start) => {
    const plan = await planOf({
      ...MAIN,
      'requirements.txt': '',
      'pyproject.toml': '[tool.pdm.scripts]\nstart = "uvicorn shop:app"\n',
      Pipfile: '[scripts]\nserve = "gunicorn shop:app"\n',
      Procfile: `web: ${web}\n`,
    });
    expect(plan.start).toBe(start);
  });

  it('gets the system libraries that its packages need', async () => {
    const packagesOf = async (requirements: string) =>
      (await planOf({ ...MAIN, 'requirements.txt': requirements })).packages;
    expect(await packagesOf('psycopg2==2.9\npdf2image')).toEqual({
      build: ['libpq-dev'],
      run: ['libpq5', 'poppler-utils'],
    });
    expect(await packagesOf('psycopg[binary]>=3')).toEqual({ build: [], run: [] });
  });
});
