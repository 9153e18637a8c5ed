import { posix } from 'node:path';
import type { Tool } from '../plan.ts';
import type { App, Installation } from './provider.ts';
import { unlocked } from './provider.ts';
import { type Asking, poetrySources } from './python-project.ts';
import type { UvWorkspace } from './python-workspace.ts';
import { shellQuote } from './shell-words.ts';

const UV: Tool = { name: 'uv', registry: 'pypi', package: 'uv', version: '0.13.8' };
const POETRY: Tool = {
  name: 'poetry',
  registry: 'pypi',
  package: 'poetry',
  version: '2.5.1',
  plugins: ['poetry-plugin-export==1.10.1'],
};
/** PDM's own range for hishel allows a release with which PDM does not run. */
const PDM: Tool = { name: 'pdm', registry: 'pypi', package: 'pdm', version: '2.29.4', plugins: ['hishel==1.4.0'] };
const PIPENV: Tool = { name: 'pipenv', registry: 'pypi', package: 'pipenv', version: '2026.10.3' };
/** The maximum length of listed packages in a command, which leaves room for the rest of the command. */
const MAX_LISTED = 3_500;

/** An install of Python packages. */
export interface PythonInstall extends Installation {
  /** Commands that install the app itself, which changes more often than its dependencies. They run with the build. */
  readonly later: readonly string[];
  readonly caches: readonly string[];
}

/** Commands of the interpreter's pip. The app's environment has no pip, because the image does not need it. */
interface Pip {
  readonly environment: readonly string[];
  readonly install: string;
}

/**
 * Python before 3.7 has a pip that can only install into its own environment. Python 2 has no environments of its own.
 */
function pipOf(version: string): Pip {
  const [major = 3, minor = 99] = version.split('.').map(Number);
  if (major === 3 && minor >= 7)
    return {
      environment: ['python -m venv --without-pip .venv'],
      install: 'pip --python .venv/bin/python install',
    };
  const make =
    major === 3 ? ['python -m venv .venv'] : ['python -m pip install virtualenv', 'python -m virtualenv .venv'];
  return { environment: make, install: '.venv/bin/python -m pip install' };
}

/**
 * How to install the dependencies of a Python app. A lock file wins over a list of requirements, which wins over
 * `pyproject.toml`. All end in a virtual environment, `.venv`; an app without dependencies has none.
 */
export async function findPythonInstall(
  asking: Asking,
  version: string,
  { tree, names }: App,
  workspace: UvWorkspace | undefined,
): Promise<PythonInstall> {
  const { project, pipfile, requirements } = asking;
  const pip = pipOf(version);
  const packaged = project['build-system'] !== undefined || names.includes('setup.py');
  if (workspace !== undefined) return uvMember(workspace);
  if (names.includes('uv.lock')) return uvInstall(asking, names);
  const sources = await poetrySources(tree);
  if (sources !== undefined) return poetryInstall(asking, names, pip, sources);
  if (names.includes('pdm.lock')) return pdmInstall(asking, pip);
  if (names.includes('Pipfile.lock') && pipfile !== undefined) return pipenvInstall(asking, names, pip);
  if (requirements !== undefined) {
    return {
      ...pipInstall(requirements.file),
      commands: [...pip.environment, `${pip.install} -r ${shellQuote(requirements.file)}`],
      inputs: requirements.local ? [] : requirements.files,
    };
  }
  if (project.tool?.poetry !== undefined) return poetryInstall(asking, names, pip, undefined);
  if (pipfile !== undefined) return pipenvInstall(asking, names, pip);
  if (packaged) {
    const file = names.includes('pyproject.toml') ? 'pyproject.toml' : 'setup.py';
    return { ...pipInstall(file), commands: [...pip.environment, `${pip.install} .`], inputs: [] };
  }
  const dependencies = project.project?.dependencies ?? [];
  if (dependencies.length === 0) return { commands: [], inputs: [], later: [], caches: [] };
  return listedInstall(asking, pip, dependencies);
}

function pipInstall(source: string) {
  return { packageManager: { value: 'pip', source }, later: [], caches: ['~/.cache/pip'] };
}

/** An app that is not a package itself: its listed packages are installed, and nothing is built. */
function listedInstall({ project }: Asking, pip: Pip, dependencies: readonly string[]): PythonInstall {
  const listed = dependencies.map((line) => shellQuote(line)).join(' ');
  const shared = { inputs: ['pyproject.toml'], later: [] };
  if (project.tool?.uv === undefined && listed.length < MAX_LISTED) {
    const command = `printf '%s\\n' ${listed} | ${pip.install} -r /dev/stdin`;
    const local = dependencies.some((line) => /@\s*file:/.test(line));
    return {
      ...{ ...pipInstall('pyproject.toml > dependencies'), commands: [...pip.environment, command] },
      ...(local ? { inputs: [] } : { inputs: ['pyproject.toml'] }),
    };
  }
  const local = project.tool?.uv?.sources !== undefined;
  return {
    packageManager: { value: 'uv', source: 'pyproject.toml > dependencies' },
    tools: [UV],
    commands: [...pip.environment, 'uv pip install --python .venv/bin/python -r pyproject.toml'],
    ...{ ...shared, ...(local && { inputs: [] }), caches: ['~/.cache/uv'] },
  };
}

/** A member of a workspace, with the other members that it needs. */
function uvMember({ root, name }: UvWorkspace): PythonInstall {
  return {
    packageManager: { value: 'uv', source: posix.join(root, 'uv.lock') },
    tools: [UV],
    commands: [`uv sync --frozen --no-dev --no-editable --package ${shellQuote(name)}`],
    ...{ inputs: [], later: [], caches: ['~/.cache/uv'] },
  };
}

function uvInstall({ project }: Asking, names: readonly string[]): PythonInstall {
  const { uv } = project.tool ?? {};
  const packaged = uv?.package ?? project['build-system'] !== undefined;
  // Members and folders are part of the app: nothing can be installed from the lock file without them.
  const local = uv?.workspace !== undefined || uv?.sources !== undefined;
  const sync = 'uv sync --frozen --no-dev';
  return {
    packageManager: { value: 'uv', source: 'uv.lock' },
    tools: [UV],
    commands: [packaged && !local ? `${sync} --no-install-project` : `${sync} --no-editable`],
    inputs: local ? [] : ['pyproject.toml', 'uv.lock'].filter((name) => names.includes(name)),
    later: packaged && !local ? [`${sync} --no-editable`] : [],
    caches: ['~/.cache/uv'],
  };
}

/**
 * Poetry exports the packages that its lock file pins, and pip installs them. Poetry itself reads PyPI by an interface
 * that mirrors lack, and knows only the mirrors that the app names. The export may hold credentials of these mirrors,
 * so it is never written to a file.
 */
function poetryInstall(
  { project }: Asking,
  names: readonly string[],
  pip: Pip,
  locked: ReadonlySet<string> | undefined,
): PythonInstall {
  // Without a lock file a package may come from anywhere.
  const sources = locked ?? new Set(['git', 'directory']);
  const poetry = project.tool?.poetry;
  const scripts = poetry?.scripts ?? project.project?.scripts;
  const packaged =
    poetry?.['package-mode'] !== false &&
    (poetry?.packages !== undefined || scripts !== undefined || names.includes('src'));
  // pip compares the hashes of all packages or of none. A repository or a folder has no hash.
  const hashed = !sources.has('git') && !sources.has('directory');
  const local = sources.has('directory') || sources.has('file');
  const pinned = `poetry export --with-credentials${hashed ? '' : ' --without-hashes'}`;
  return {
    packageManager: { value: 'poetry', source: locked === undefined ? 'pyproject.toml' : 'poetry.lock' },
    tools: [POETRY],
    commands: [...pip.environment, ...(locked === undefined ? ['poetry lock'] : []), installPinned(pinned, pip)],
    inputs: local ? [] : ['pyproject.toml', 'poetry.lock', 'poetry.toml'].filter((name) => names.includes(name)),
    later: packaged ? [`${pip.install} --no-deps .`] : [],
    caches: ['~/.cache/pip', '~/.cache/pypoetry'],
    ...(locked === undefined && { notes: [unlocked('poetry.lock', 'poetry lock')] }),
  };
}

/** PDM installs the packages itself, because it cannot export most of its lock files for pip. */
function pdmInstall({ project }: Asking, pip: Pip): PythonInstall {
  const packaged = project.tool?.pdm?.distribution ?? project['build-system'] !== undefined;
  return {
    packageManager: { value: 'pdm', source: 'pdm.lock' },
    tools: [PDM],
    commands: [...pip.environment, 'pdm sync --prod --no-self && rm -f .pdm-python'],
    inputs: ['pyproject.toml', 'pdm.lock'],
    later: packaged ? [`${pip.install} --no-deps .`] : [],
    caches: ['~/.cache/pip', '~/.cache/pdm'],
  };
}

/**
 * Pipenv exports the packages that its lock file pins, and pip installs them. pip uses its configured index, unless the
 * app names its own.
 */
function pipenvInstall({ pipfile }: Asking, names: readonly string[], pip: Pip): PythonInstall {
  const locked = names.includes('Pipfile.lock');
  const own = (pipfile?.source ?? []).some(({ url }) => !/^https:\/\/pypi\.(python\.)?org\//.test(url));
  const local = Object.values(pipfile?.packages ?? {}).some(
    (value) => typeof value === 'object' && value !== null && ('path' in value || 'file' in value),
  );
  return {
    packageManager: { value: 'pipenv', source: locked ? 'Pipfile.lock' : 'Pipfile' },
    tools: [PIPENV],
    commands: [
      ...pip.environment,
      ...(locked ? [] : ['pipenv lock']),
      installPinned(`pipenv requirements${own ? '' : ' --exclude-index'}`, pip),
    ],
    inputs: local ? [] : ['Pipfile', 'Pipfile.lock'].filter((name) => names.includes(name)),
    later: [],
    caches: ['~/.cache/pip', '~/.cache/pipenv'],
    ...(!locked && { notes: [unlocked('Pipfile.lock', 'pipenv lock')] }),
  };
}

function installPinned(command: string, pip: Pip): string {
  return `pinned="$(${command})" && printf '%s\\n' "$pinned" | ${pip.install} --no-deps -r /dev/stdin`;
}
