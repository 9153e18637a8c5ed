import type { SourceTree } from '../source-tree.ts';

/** An application object as an argument of a server, and the file that holds it. */
interface Application {
  readonly target: string;
  readonly file: string;
}

/** The facts about a Django project. */
export interface DjangoProject {
  readonly wsgi: Application | undefined;
  readonly asgi: Application | undefined;
  /** Whether the settings name a folder for collected static files. */
  readonly collects: boolean;
}

/** Reads the project of `manage.py`. Undefined if that file is not Django's. */
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

/** The text of the settings. If they are a folder, the text of all its files. */
async function readSettings(tree: SourceTree, module: string): Promise<string> {
  const path = module.replaceAll('.', '/');
  const single = await tree.read(`${path}.py`);
  const folder = path.slice(0, path.lastIndexOf('settings') + 'settings'.length);
  const files = (await tree.list(folder)).filter((name) => name.endsWith('.py'));
  const texts = await Promise.all(files.map((name) => tree.read(`${folder}/${name}`)));
  return [single, ...texts].join('\n');
}

/** The application that the settings name, otherwise the one next to them. */
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
