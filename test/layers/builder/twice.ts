import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BuildPlan } from '../../../layers/builder/plan.ts';
import { patience } from '../../patience.ts';
import { buildApp, materialize, pushed, start } from './images.ts';
import type { TestRegistry } from './peers.ts';

const LIMIT_MS = patience(120_000);

/** Writes an app's files below a folder; objects become JSON. Returns the folder. */
export async function writeApp(folder: string, files: Readonly<Record<string, string | object>>): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}

/** A server that answers with a JavaScript expression, and prints its port. */
export const server = (answer: string) =>
  `require('http').createServer((q, r) => r.end(${answer})).listen(process.env.PORT, function () { console.log('listening on ' + this.address().port) });\n`;

interface Asked {
  /** The service's root folder. */
  readonly folder?: string;
  readonly service?: { readonly name: string; readonly kind: string };
  /** The path of the request to the app. */
  readonly path?: string;
}

/** Builds an app, changes one character of a file, and builds the app again. Returns the answers of both images. */
export async function twice(
  registry: TestRegistry,
  scratch: string,
  app: string,
  file: string,
  { folder = '', service, path = '/' }: Asked = {},
): Promise<{ answers: string[]; lines: string[]; plan: BuildPlan | undefined }> {
  const more = {
    ...{ cacheDir: join(scratch, 'cache'), timeoutMs: LIMIT_MS, sourceRoot: folder },
    settings: { installCommand: null, buildCommand: null, ...(service && { service }) },
  };
  const answers: string[] = [];
  let lines: string[] = [];
  let plan: BuildPlan | undefined;
  for (const version of ['one', 'two']) {
    const built = await buildApp(app, registry, join(scratch, version), more);
    ({ lines, plan } = built);
    const image = await materialize(registry, built.imageDigest, join(scratch, `node-${version}`));
    const { Cmd, Env } = pushed(registry, built.imageDigest).config.config;
    await using running = await start(join(image, built.plan.folder), Cmd, built.plan.folder === '.' ? Env : []);
    answers.push(await (await fetch(running.url + path, { headers: { accept: 'text/html' } })).text());
    const text = await readFile(join(app, file), 'utf8');
    await writeFile(join(app, file), text.replace('v1', 'v2'));
  }
  return { answers, lines, plan };
}
