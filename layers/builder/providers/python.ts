import { BuildError } from '../build-error.ts';
import { SYSTEM_PATH, type Tool } from '../plan.ts';
import type { SourceTree } from '../source-tree.ts';
import { type Provider, unlocked } from './provider.ts';
import { declaredPackages, type PyProject, poetrySources, readPyProject } from './python-project.ts';
import { findPythonStart } from './python-start.ts';
import { DEFAULT_PYTHON, resolvePythonVersion } from './python-version.ts';

const MANIFESTS = ['requirements.txt', 'pyproject.toml', 'uv.lock', 'poetry.lock', 'Pipfile', 'setup.py', 'manage.py'];
const MAIN_FILES = ['main.py', 'app.py', 'server.py', 'bot.py', 'wsgi.py', 'asgi.py'];
/** Without pip in it, which the image does not need: the pip beside the interpreter installs into it. */
const VENV = 'python -m venv --without-pip .venv';
const PIP_INSTALL = 'pip --python .venv/bin/python install';
const UV: Tool = { name: 'uv', registry: 'pypi', package: 'uv', version: '0.13.8' };
const POETRY: Tool = {
  name: 'poetry',
  registry: 'pypi',
  package: 'poetry',
  version: '2.5.1',
  plugins: ['poetry-plugin-export==1.10.1'],
};

interface Installation {
  readonly packageManager?: 'pip' | 'uv' | 'poetry';
  readonly tool?: Tool;
  readonly install: string[];
  /** Empty where the install reads the app itself. */
  readonly inputs: readonly string[];
  readonly cacheFolders: string[];
  readonly note?: string;
}

/** Python apps, with pip, uv or Poetry. What they install is in a virtual environment, `.venv`. */
export const python: Provider = {
  name: 'python',
  looksFor: 'requirements.txt, pyproject.toml, uv.lock, poetry.lock, manage.py, main.py or app.py',
  startHint: 'a main.py',
  async detect(tree) {
    const names = await tree.list('.');
    return [...MANIFESTS, ...MAIN_FILES].some((name) => names.includes(name));
  },
  async plan(tree) {
    const names = await tree.list('.');
    const project = await readPyProject(tree);
    const { inputs, cacheFolders, ...installation } = await findInstallation(tree, names, project);
    const present = inputs.filter((name) => names.includes(name));
    return {
      runtime: { name: 'python', ...(await findVersion(tree, project)) },
      ...installation,
      installInputs: present,
      build: [],
      prune: [],
      start: await findPythonStart(tree, await declaredPackages(tree, project)),
      dependencyFolders: ['.venv'],
      cacheFolders,
      env: { PATH: `/app/.venv/bin:${SYSTEM_PATH}`, PYTHONUNBUFFERED: '1' },
    };
  },
};

async function findInstallation(tree: SourceTree, names: readonly string[], project: PyProject): Promise<Installation> {
  const { uv, poetry } = project.tool ?? {};
  const pip = { packageManager: 'pip' as const, cacheFolders: ['~/.cache/pip'] };
  if (names.includes('uv.lock')) {
    const packaged = project['build-system'] !== undefined || uv?.package === true;
    const alone = !packaged && uv?.workspace === undefined && uv?.sources === undefined;
    return {
      packageManager: 'uv',
      tool: UV,
      install: ['uv sync --frozen --no-dev --no-editable'],
      inputs: alone ? ['pyproject.toml', 'uv.lock'] : [],
      cacheFolders: ['~/.cache/uv'],
    };
  }
  if (names.includes('poetry.lock') || (poetry !== undefined && !names.includes('requirements.txt')))
    return poetryInstallation(names, project, await poetrySources(tree));
  if (names.includes('requirements.txt')) {
    const text = (await tree.read('requirements.txt')) ?? '';
    const alone = text
      .split('\n')
      .every((line) => !/^\s*(-[rce]\b|--(requirement|constraint|editable)\b|[./]|file:)|@\s*file:/.test(line));
    return { ...pip, install: [VENV, `${PIP_INSTALL} -r requirements.txt`], inputs: alone ? ['requirements.txt'] : [] };
  }
  if (names.includes('Pipfile'))
    throw new BuildError(
      'Pipfile belongs to Pipenv, which is not supported; run "pipenv requirements > requirements.txt" and commit that file',
    );
  if (
    project['build-system'] !== undefined ||
    project.project?.dependencies !== undefined ||
    names.includes('setup.py')
  )
    return { ...pip, install: [VENV, `${PIP_INSTALL} .`], inputs: [] };
  return { install: [VENV], inputs: [], cacheFolders: [] };
}

/**
 * Poetry says what its lock file pins, and pip installs it: Poetry itself takes packages of PyPI by an interface that mirrors do not have, and
 * knows of no mirror but those that the app names. What it says may hold credentials of these, so that it is written to no file.
 */
function poetryInstallation(
  names: readonly string[],
  { project, tool }: PyProject,
  locked: ReadonlySet<string> | undefined,
): Installation {
  // Without a lock file a package may come from anywhere.
  const sources = locked ?? new Set(['git', 'directory']);
  const poetry = tool?.poetry;
  const scripts = poetry?.scripts ?? project?.scripts;
  const packaged =
    poetry?.['package-mode'] !== false &&
    (poetry?.packages !== undefined || scripts !== undefined || names.includes('src'));
  // pip compares the hashes of all packages or of none, and a repository or a folder has none.
  const hashed = !sources.has('git') && !sources.has('directory');
  const local = packaged || sources.has('directory') || sources.has('file');
  const pinned = `poetry export --with-credentials${hashed ? '' : ' --without-hashes'}`;
  return {
    packageManager: 'poetry',
    tool: POETRY,
    install: [
      VENV,
      ...(locked === undefined ? ['poetry lock'] : []),
      `pinned="$(${pinned})" && printf '%s\\n' "$pinned" | ${PIP_INSTALL} --no-deps -r /dev/stdin`,
      ...(packaged ? [`${PIP_INSTALL} --no-deps .`] : []),
    ],
    inputs: local ? [] : ['pyproject.toml', 'poetry.lock', 'poetry.toml'],
    cacheFolders: ['~/.cache/pip', '~/.cache/pypoetry'],
    ...(locked === undefined && { note: unlocked('poetry.lock', 'poetry lock') }),
  };
}

async function findVersion(tree: SourceTree, project: PyProject): Promise<{ version: string; versionSource: string }> {
  const tools = /^python\s+(\S+)/m.exec((await tree.read('.tool-versions')) ?? '')?.[1];
  const poetry = project.tool?.poetry?.dependencies?.python;
  const requests: readonly (readonly [string, string | undefined])[] = [
    ['.python-version', (await tree.read('.python-version'))?.trim().split(/\s/)[0]],
    ['runtime.txt', await tree.read('runtime.txt')],
    ['.tool-versions', tools],
    ['pyproject.toml > requires-python', project.project?.['requires-python']],
    ['pyproject.toml > tool > poetry > python', typeof poetry === 'string' ? poetry : undefined],
  ];
  for (const [versionSource, request] of requests) {
    if (request) return { version: resolvePythonVersion(request, versionSource), versionSource };
  }
  return { version: DEFAULT_PYTHON, versionSource: 'default' };
}
