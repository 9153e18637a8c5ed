import type { SourceTree } from '../source-tree.ts';

/** An application object, as a server is told of it, and the file that it is in. */
interface Application {
  readonly target: string;
  readonly file: string;
}

/** What a project of Django says of itself. */
export interface DjangoProject {
  readonly wsgi: Application | undefined;
  readonly asgi: Application | undefined;
  /** Whether its settings say where static files are collected. */
  readonly collects: boolean;
}

/** Reads the project that `manage.py` is of, or undefined where that is not Django's. */
export async function readDjango(tree: SourceTree): Promise<DjangoProject | undefined> {
  const manage = await tree.read('manage.py');
  if (manage === undefined) return undefined;
  const names = [...manage.matchAll(/['"]([\w.]+)['"]/g)].map(([, name = '']) => name);
  const module = names.find((name) => /^\w+(\.\w+)*\.settings(\.\w+)*$/.test(name));
  if (module === undefined) return undefined;
  const settings = await readSettings(tree, module);
  const base = module.slice(0, module.lastIndexOf('.settings'));
  return {
    wsgi: await application(tree, settings, base, 'wsgi'),
    asgi: await application(tree, settings, base, 'asgi'),
    collects: /^[ \t]*STATIC_ROOT[ \t]*=/m.test(settings),
  };
}

/** The settings' text; where they are a folder of several, that of all. */
async function readSettings(tree: SourceTree, module: string): Promise<string> {
  const path = module.replaceAll('.', '/');
  const single = await tree.read(`${path}.py`);
  const folder = path.slice(0, path.lastIndexOf('settings') + 'settings'.length);
  const files = (await tree.list(folder)).filter((name) => name.endsWith('.py'));
  const texts = await Promise.all(files.map((name) => tree.read(`${folder}/${name}`)));
  return [single, ...texts].join('\n');
}

/** That which the settings name, else the one beside them. */
async function application(
  tree: SourceTree,
  settings: string,
  base: string,
  kind: 'wsgi' | 'asgi',
): Promise<Application | undefined> {
  const named = new RegExp(`^${kind.toUpperCase()}_APPLICATION\\s*=\\s*['"]([\\w.]+)\\.(\\w+)['"]`, 'm').exec(settings);
  const [, module = `${base}.${kind}`, name = 'application'] = named ?? [];
  const file = `${module.replaceAll('.', '/')}.py`;
  return (await tree.exists(file)) ? { target: `${module}:${name}`, file } : undefined;
}
