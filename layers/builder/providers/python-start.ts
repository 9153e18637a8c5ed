import type { SourceTree } from '../source-tree.ts';
import type { Start } from './provider.ts';

const MAIN_FILES = ['main.py', 'app.py', 'server.py', 'bot.py', 'wsgi.py', 'asgi.py', 'hello.py'];
const FOLDERS = ['', 'src/', 'app/'];

/**
 * How to start a Python app: a web framework by the server that the app declares, else its main file. A server that is not
 * declared is never assumed: it would not be in the image.
 */
export async function findPythonStart(tree: SourceTree, packages: ReadonlySet<string>): Promise<Start | undefined> {
  const django = (await tree.exists('manage.py')) ? await djangoStart(tree, packages) : undefined;
  if (django !== undefined) return django;
  for (const folder of FOLDERS) {
    for (const file of MAIN_FILES) {
      const text = await tree.read(folder + file);
      if (text === undefined) continue;
      return (
        frameworkStart(folder + file, text, packages) ?? { line: `python ${folder}${file}`, source: folder + file }
      );
    }
  }
  return undefined;
}

function frameworkStart(file: string, text: string, packages: ReadonlySet<string>): Start | undefined {
  const made = /^(\w+)[ \t]*(?::[ \t]*\w+[ \t]*)?=[ \t]*(?:\w+\.)?(FastAPI|Starlette|Flask|Quart)\(/;
  const [, name, framework] = matchOfLine(text, made) ?? [];
  if (name === undefined || framework === undefined) return undefined;
  const target = `${file.replace(/\.py$/, '').replaceAll('/', '.')}:${name}`;
  const asgi = framework !== 'Flask';
  const uvicorn = packages.has('uvicorn') || packages.has('fastapi[standard]') || packages.has('fastapi[all]');
  if (asgi && uvicorn) return { line: uvicornLine(target), source: `${file} > ${framework}` };
  return !asgi && packages.has('gunicorn')
    ? { line: gunicornLine(target), source: `${file} > ${framework}` }
    : undefined;
}

/** The match of the first line that has one. */
function matchOfLine(text: string, pattern: RegExp): RegExpExecArray | undefined {
  for (const line of text.split('\n')) {
    const match = pattern.exec(line);
    if (match !== null) return match;
  }
  return undefined;
}

async function djangoStart(tree: SourceTree, packages: ReadonlySet<string>): Promise<Start | undefined> {
  const names = [...((await tree.read('manage.py')) ?? '').matchAll(/['"]([\w.]+)['"]/g)].map(([, name = '']) => name);
  const module = names.find((name) => name.lastIndexOf('.settings') > 0);
  if (module === undefined) return undefined;
  const settings = module.slice(0, module.lastIndexOf('.settings'));
  const folder = settings.replaceAll('.', '/');
  if (packages.has('gunicorn') && (await tree.exists(`${folder}/wsgi.py`)))
    return { line: gunicornLine(`${settings}.wsgi:application`), source: `${folder}/wsgi.py` };
  if (packages.has('uvicorn') && (await tree.exists(`${folder}/asgi.py`)))
    return { line: uvicornLine(`${settings}.asgi:application`), source: `${folder}/asgi.py` };
  return { line: `python manage.py runserver 0.0.0.0:\${PORT:-8000}`, source: 'manage.py' };
}

function uvicornLine(target: string): string {
  return `uvicorn ${target} --host 0.0.0.0 --port \${PORT:-8000}`;
}

function gunicornLine(target: string): string {
  return `gunicorn --bind 0.0.0.0:\${PORT:-8000} ${target}`;
}
