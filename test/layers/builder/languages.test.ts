import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { configSchema } from '../../../layers/builder/config.ts';
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
    [{ 'pyproject.toml': '[project]\ndependencies = ["flask"]\n' }, 'pip', 'pip --python .venv/bin/python install .'],
    [{}, undefined, 'python -m venv --without-pip .venv'],
  ])('with %j is installed by %s', async (files, manager, command) => {
    const plan = await planOf({ ...MAIN, ...(files as Record<string, string>) });
    expect([plan.packageManager, plan.install.at(-1)]).toEqual([manager, command]);
  });

  it('installs from its lock file alone, unless the install reads the app itself', async () => {
    const inputsOf = async (files: Readonly<Record<string, string>>) =>
      (await planOf({ ...MAIN, ...files })).installInputs;
    expect(await inputsOf({ 'requirements.txt': 'flask==3.0.0\n' })).toEqual(['requirements.txt']);
    expect(await inputsOf({ 'requirements.txt': '-r base.txt\n' })).toEqual([]);
    expect(await inputsOf({ 'requirements.txt': './lib\n' })).toEqual([]);
    expect(await inputsOf({ 'uv.lock': '', 'pyproject.toml': '[build-system]\n' })).toEqual([]);
  });

  it('of Poetry is locked first where it is not, is installed itself where it is a package, and without hashes where not all have one', async () => {
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
      'there is no poetry.lock, so that each install may bring other versions; run "poetry lock" and commit it',
    ]);
    const packaged = await poetry('packages = [{ include = "web" }]', '');
    expect([packaged.install.at(-1), packaged.installInputs, packaged.notes[0]]).toEqual([
      'pip --python .venv/bin/python install --no-deps .',
      [],
      undefined,
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
  ])('that declares %j is started by a server that it declares', async (requirements, text, start) => {
    expect((await planOf({ 'requirements.txt': requirements, 'main.py': `${text}\n` })).start).toBe(start);
  });

  it('of Django is started by its WSGI or ASGI application', async () => {
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

  it('of Pipenv is refused with a remedy', async () => {
    await expect(planOf({ ...MAIN, Pipfile: '' })).rejects.toThrow('run "pipenv requirements > requirements.txt"');
  });
});

describe('a Go app', () => {
  it.each([
    [{ 'go.mod': 'module x\n\ngo 1.22\n', 'main.go': 'package main\n' }, '.', '1.22'],
    [
      {
        'go.mod': 'module x\ngo 1.22\ntoolchain go1.24.1\n',
        'cmd/job/j.go': 'package main\n',
        'cmd/api/a.go': 'package main\n',
      },
      './cmd/api',
      '1.24.1',
    ],
    [
      { 'go.work': 'go 1.23\nuse (\n\t./lib\n\t./web\n)\n', 'lib/l.go': 'package lib\n', 'web/m.go': 'package main\n' },
      './web',
      '1.23',
    ],
  ])('%j is built from its main package', async (files, startSource, version) => {
    const plan = await planOf(files as Record<string, string>);
    expect([plan.startSource, plan.runtime.version, plan.start]).toEqual([startSource, version, './out']);
  });
});

it('a site that Vite builds is served as files, and one by an adapter as its server', async () => {
  const site = (devDependencies: object) => JSON.stringify({ scripts: { build: 'vite build' }, devDependencies });
  expect(await planOf({ 'package.json': site({ vite: '7.0.0' }), 'index.html': '' })).toMatchObject({
    provider: 'node',
    site: { folder: 'dist', fallback: true, built: true },
    command: ['node', '.gantry/serve.mjs', 'dist'],
  });
  const adapter = site({ vite: '7.0.0', '@sveltejs/kit': '2.0.0', '@sveltejs/adapter-node': '5.0.0' });
  expect((await planOf({ 'package.json': adapter })).start).toBe('node build');
});

it('the published schema of gantry.json is the one that builds are held to', () => {
  expect(JSON.parse(readFileSync('docs/schema/gantry.json', 'utf8'))).toEqual(configSchema());
});
