import { BuildError } from '../build-error.ts';
import { SYSTEM_PATH, type Tool } from '../plan.ts';
import type { SourceTree } from '../source-tree.ts';
import { defineProvider, type Installation, unlocked } from './provider.ts';
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

interface Facts {
  readonly project: PyProject;
  readonly installation: Install;
}

/** An install and the caches of its package manager. */
interface Install extends Installation {
  readonly caches: readonly string[];
}

/** Python apps, with pip, uv or Poetry. What they install is in a virtual environment, `.venv`. */
export const python = defineProvider<Facts>({
  name: 'python',
  looksFor: 'requirements.txt, pyproject.toml, uv.lock, poetry.lock, manage.py, main.py or app.py',
  startHint: 'a main.py',
  detect: ({ names }) => [...MANIFESTS, ...MAIN_FILES].find((name) => names.includes(name)),
  async read({ tree, names }) {
    const project = await readPyProject(tree);
    return { project, installation: await findInstallation(tree, names, project) };
  },
  async versions({ project }, { tree }) {
    return { name: 'python', ...(await findVersion(tree, project)) };
  },
  install: ({ installation }, { names }) => ({
    ...installation,
    inputs: installation.inputs.filter((name) => names.includes(name)),
  }),
  build: () => ({ commands: [], source: 'default' }),
  start: async ({ project }, { tree }) => findPythonStart(tree, await declaredPackages(tree, project)),
  caches: ({ installation }) => ({ dependencies: ['.venv'], caches: installation.caches }),
  env: () => ({ PATH: `/app/.venv/bin:${SYSTEM_PATH}`, PYTHONUNBUFFERED: '1' }),
});

async function findInstallation(tree: SourceTree, names: readonly string[], project: PyProject): Promise<Install> {
  const { uv, poetry } = project.tool ?? {};
  const pip = (source: string) => ({ packageManager: { value: 'pip', source }, caches: ['~/.cache/pip'] });
  if (names.includes('uv.lock')) {
    const packaged = project['build-system'] !== undefined || uv?.package === true;
    const alone = !packaged && uv?.workspace === undefined && uv?.sources === undefined;
    return {
      packageManager: { value: 'uv', source: 'uv.lock' },
      tools: [UV],
      commands: ['uv sync --frozen --no-dev --no-editable'],
      inputs: alone ? ['pyproject.toml', 'uv.lock'] : [],
      caches: ['~/.cache/uv'],
    };
  }
  if (names.includes('poetry.lock') || (poetry !== undefined && !names.includes('requirements.txt')))
    return poetryInstallation(names, project, await poetrySources(tree));
  if (names.includes('requirements.txt')) {
    const text = (await tree.read('requirements.txt')) ?? '';
    const alone = text
      .split('\n')
      .every((line) => !/^\s*(-[rce]\b|--(requirement|constraint|editable)\b|[./]|file:)|@\s*file:/.test(line));
    return {
      ...pip('requirements.txt'),
      commands: [VENV, `${PIP_INSTALL} -r requirements.txt`],
      inputs: alone ? ['requirements.txt'] : [],
    };
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
    return {
      ...pip(names.includes('pyproject.toml') ? 'pyproject.toml' : 'setup.py'),
      commands: [VENV, `${PIP_INSTALL} .`],
      inputs: [],
    };
  return { commands: [VENV], inputs: [], caches: [] };
}

/**
 * Poetry says what its lock file pins, and pip installs it: Poetry itself takes packages of PyPI by an interface that mirrors do not have, and
 * knows of no mirror but those that the app names. What it says may hold credentials of these, so that it is written to no file.
 */
function poetryInstallation(
  names: readonly string[],
  { project, tool }: PyProject,
  locked: ReadonlySet<string> | undefined,
): Install {
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
    packageManager: { value: 'poetry', source: locked === undefined ? 'pyproject.toml' : 'poetry.lock' },
    tools: [POETRY],
    commands: [
      VENV,
      ...(locked === undefined ? ['poetry lock'] : []),
      `pinned="$(${pinned})" && printf '%s\\n' "$pinned" | ${PIP_INSTALL} --no-deps -r /dev/stdin`,
      ...(packaged ? [`${PIP_INSTALL} --no-deps .`] : []),
    ],
    inputs: local ? [] : ['pyproject.toml', 'poetry.lock', 'poetry.toml'],
    caches: ['~/.cache/pip', '~/.cache/pypoetry'],
    ...(locked === undefined && { notes: [unlocked('poetry.lock', 'poetry lock')] }),
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
