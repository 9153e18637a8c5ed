import type { SourceTree } from '../source-tree.ts';
import type { Start } from './provider.ts';
import type { DjangoProject } from './python-django.ts';
import type { PyProject } from './python-project.ts';

/** Main files of apps. The first that exists is taken. */
export const PYTHON_MAIN_FILES = [
  ...['main.py', 'app.py', 'start.py', 'server.py', 'bot.py', 'run.py', 'wsgi.py', 'asgi.py'],
  ...['streamlit_app.py', 'application.py', 'index.py', 'hello.py'],
];
const FOLDERS = ['', 'src/', 'app/'];
/** An application object: `app = FastAPI(`, `app: Flask = flask.Flask(`, `app, rt = fast_app(`, `application = create_app(`. */
const MADE =
  /^(\w+)[ \t]*(?:,[ \t]*\w+[ \t]*)*(?::[ \t]*[\w.]+[ \t]*)?=[ \t]*(?:\w+\.)*(FastAPI|Starlette|Quart|Litestar|Sanic|FastHTML|fast_app|Flask|create_app|make_app)\(/;
const ASGI = new Set(['FastAPI', 'Starlette', 'Quart', 'Litestar', 'FastHTML', 'fast_app']);
const PORT = `\${PORT:-8000}`;

/** The packages that an app declares: names in lower case with `-`. */
type Packages = ReadonlySet<string>;

/**
 * How to start a Python app. First Django. Then the main file: a web framework in it is served by the server that the
 * app declares, otherwise Python runs the file. Last the only command that the package installs. The start never
 * assumes a server that the app does not declare, because the image would not have it.
 */
export async function findPythonStart(
  tree: SourceTree,
  packages: Packages,
  project: PyProject,
  django: DjangoProject | undefined,
): Promise<Start | undefined> {
  if (django !== undefined) return djangoStart(django, packages);
  for (const folder of FOLDERS) {
    const names = await tree.list(folder === '' ? '.' : folder.slice(0, -1));
    for (const file of PYTHON_MAIN_FILES.filter((name) => names.includes(name))) {
      const path = folder + file;
      const text = (await tree.read(path)) ?? '';
      return frameworkStart(path, text, packages) ?? { line: `python ${path}`, source: path };
    }
  }
  return packageStart(tree, project);
}

function frameworkStart(file: string, text: string, packages: Packages): Start | undefined {
  if (packages.has('streamlit') && /^[ \t]*(import streamlit\b|from streamlit\b)/m.test(text)) {
    const options = `--server.address 0.0.0.0 --server.port ${PORT} --server.headless true`;
    return { line: `streamlit run ${file} ${options}`, source: `${file} > streamlit` };
  }
  const [, name, maker] = matchOfLine(text, MADE) ?? [];
  const module = file.replace(/\.py$/, '').replaceAll('/', '.');
  if (name === undefined || maker === undefined) return importedStart(file, module, text, packages);
  const asgi = ASGI.has(maker) || (!maker.startsWith('F') && packages.has('fastapi'));
  const line = asgi ? asgiLine(`${module}:${name}`, packages) : wsgiLine(`${module}:${name}`, packages);
  return line === undefined ? undefined : { line, source: `${file} > ${maker}` };
}

/** `wsgi.py` and `asgi.py` exist to be served, even if they import the application from elsewhere. */
function importedStart(file: string, module: string, text: string, packages: Packages): Start | undefined {
  const kind = /(?:^|\/)([wa]sgi)\.py$/.exec(file)?.[1];
  const name = /\bapplication\b/.test(text) ? 'application' : 'app';
  const held = new RegExp(`^(?:from .* import .*\\b${name}\\b|${name}\\s*(?::.*)?=)`, 'm').test(text);
  if (kind === undefined || !held) return undefined;
  const line = kind === 'asgi' ? asgiLine(`${module}:${name}`, packages) : wsgiLine(`${module}:${name}`, packages);
  return line === undefined ? undefined : { line, source: `${file} > ${name}` };
}

/** The match in the first line that matches. */
function matchOfLine(text: string, pattern: RegExp): RegExpExecArray | undefined {
  for (const line of text.split('\n')) {
    const match = pattern.exec(line);
    if (match !== null) return match;
  }
  return undefined;
}

function djangoStart({ wsgi, asgi }: DjangoProject, packages: Packages): Start {
  const line = (wsgi && wsgiLine(wsgi.target, packages)) ?? (asgi && asgiLine(asgi.target, packages)) ?? undefined;
  const file = (wsgi && wsgiLine(wsgi.target, packages)) === undefined ? asgi?.file : wsgi?.file;
  if (line === undefined || file === undefined)
    return { line: `python manage.py runserver --noreload 0.0.0.0:${PORT}`, source: 'manage.py' };
  return { line, source: file };
}

function wsgiLine(target: string, packages: Packages): string | undefined {
  if (packages.has('gunicorn')) return `gunicorn --bind 0.0.0.0:${PORT} ${target}`;
  return packages.has('waitress') ? `waitress-serve --listen=0.0.0.0:${PORT} ${target}` : undefined;
}

function asgiLine(target: string, packages: Packages): string | undefined {
  const uvicorn = ['uvicorn', 'fastapi[standard]', 'fastapi[all]', 'python-fasthtml', 'litestar[standard]'];
  if (uvicorn.some((name) => packages.has(name))) return `uvicorn ${target} --host 0.0.0.0 --port ${PORT}`;
  if (packages.has('hypercorn')) return `hypercorn --bind 0.0.0.0:${PORT} ${target}`;
  return packages.has('daphne') ? `daphne -b 0.0.0.0 -p ${PORT} ${target}` : undefined;
}

/** The start of an app that is a package itself: its only command, or its `__main__.py`. */
async function packageStart(tree: SourceTree, { project, tool }: PyProject): Promise<Start | undefined> {
  const scripts = Object.keys(project?.scripts ?? tool?.poetry?.scripts ?? {});
  const name = project?.name ?? tool?.poetry?.name;
  const script = scripts.length === 1 ? scripts[0] : scripts.find((each) => each === name);
  if (script !== undefined && /^[\w.-]+$/.test(script)) return { line: script, source: 'pyproject.toml > scripts' };
  for (const folder of [name?.replaceAll('-', '_'), name].filter((each) => each !== undefined)) {
    if (!/^[\w.-]+$/.test(folder)) continue;
    for (const path of [`src/${folder}/__main__.py`, `${folder}/__main__.py`]) {
      if (await tree.exists(path)) return { line: `python -m ${folder}`, source: path };
    }
  }
  return undefined;
}
