import { posix } from 'node:path';
import { SYSTEM_PATH } from '../plan.ts';
import { portInSource } from './fixed-port.ts';
import { defineProvider } from './provider.ts';
import { type DjangoProject, readDjango } from './python-django.ts';
import { findPythonInstall, type PythonInstall } from './python-install.ts';
import { neededPackages } from './python-packages.ts';
import { type Asking, declaredPackages, readPipfile, readPyProject } from './python-project.ts';
import { readRequirements } from './python-requirements.ts';
import { withoutRunner } from './python-runner.ts';
import { findPythonStart, PYTHON_MAIN_FILES } from './python-start.ts';
import { findPythonVersion } from './python-version.ts';
import { type UvWorkspace, uvWorkspace } from './python-workspace.ts';
import { shellQuote } from './shell-words.ts';

const MANIFESTS = [
  ...['requirements.txt', 'pyproject.toml', 'uv.lock', 'poetry.lock', 'pdm.lock', 'Pipfile', 'setup.py', 'manage.py'],
];
/** Django's development server answers one request after the other, and its authors advise against it in production. */
const DEVELOPMENT =
  "this app declares no server, so it runs with Django's development server; add gunicorn to its dependencies";

interface Facts {
  readonly asking: Asking;
  readonly version: { readonly version: string; readonly versionSource: string };
  readonly packages: ReadonlySet<string>;
  readonly installation: PythonInstall;
  readonly django: DjangoProject | undefined;
  /** The workspace above the app's folder from which the app is installed. */
  readonly workspace: UvWorkspace | undefined;
}

/** Python apps, with pip, uv, Poetry, PDM or Pipenv. Their packages are in a virtual environment, `.venv`. */
export const python = defineProvider<Facts>({
  name: 'python',
  looksFor: 'requirements.txt, pyproject.toml, uv.lock, poetry.lock, Pipfile, manage.py, main.py or app.py',
  startHint: 'a main.py',
  assets: true,
  async detect({ tree, names }) {
    const found = [...MANIFESTS, ...PYTHON_MAIN_FILES].find((name) => names.includes(name));
    return found ?? (await readRequirements(tree, names))?.file;
  },
  async read(app) {
    const { tree, names, source, folder } = app;
    const workspace = await uvWorkspace(source, folder);
    const project = await readPyProject(tree);
    const asking = { project, pipfile: await readPipfile(tree), requirements: await readRequirements(tree, names) };
    const version = await findPythonVersion(tree, project, asking.pipfile);
    return {
      ...{ asking, version, workspace, packages: declaredPackages(asking), django: await readDjango(tree) },
      installation: await findPythonInstall(asking, version.version, app, workspace),
    };
  },
  versions: ({ version }) => ({ name: 'python', ...version }),
  install: ({ installation }) => installation,
  build({ django, installation, packages, workspace }, { folder }) {
    const into = workspace === undefined ? '' : `cd ${shellQuote(posix.relative(workspace.root, folder))} && `;
    const collects = django?.collects === true && installation.commands.length > 0;
    const serves = ['gunicorn', 'waitress', 'uvicorn', 'hypercorn', 'daphne'].some((name) => packages.has(name));
    return {
      commands: collects ? [`${into}python manage.py collectstatic --noinput`] : [],
      source: collects ? 'settings > STATIC_ROOT' : 'default',
      notes: django === undefined || serves ? [] : [DEVELOPMENT],
    };
  },
  start: ({ asking, packages, django }, { tree }) => findPythonStart(tree, packages, asking.project, django),
  async port({ asking, packages, django }, { tree, given }) {
    const line = given.start ?? (await findPythonStart(tree, packages, asking.project, django))?.line ?? '';
    const file = /^(?:exec\s+)?python3?\s+(?:-u\s+)?([\w./-]+\.py)\b/.exec(line)?.[1];
    return file === undefined || django !== undefined ? undefined : portInSource((await tree.read(file)) ?? '', file);
  },
  unwrap: ({ asking }, line) => withoutRunner(line, asking.project, asking.pipfile),
  release: ({ django, installation }) =>
    django && installation.commands.length > 0
      ? { line: 'python manage.py migrate --noinput', source: 'manage.py' }
      : undefined,
  caches: ({ installation }) => ({
    dependencies: installation.commands.length > 0 ? ['.venv'] : [],
    caches: installation.caches,
  }),
  packages: ({ packages }) => neededPackages(packages),
  env: ({ installation }) => ({
    ...(installation.commands.length > 0 && { PATH: `/app/.venv/bin:${SYSTEM_PATH}` }),
    PYTHONUNBUFFERED: '1',
  }),
  location: ({ workspace }, { folder }) => workspace && { root: workspace.root, folder },
});
