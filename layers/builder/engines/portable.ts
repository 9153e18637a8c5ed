import { copyFile, lstat, readdir, readFile, readlink, realpath, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';

const VENV = '.venv';

/**
 * Makes a virtual environment independent of the folder that it was made in, because the image has another folder.
 * Links to this machine's interpreter become copies, scripts find the interpreter next to themselves, and `.pth` files
 * name folders relative to themselves. Does nothing without a virtual environment. A second call changes nothing.
 */
export async function makePortable(root: string): Promise<void> {
  const bin = join(root, VENV, 'bin');
  for (const name of await names(bin)) {
    const path = join(bin, name);
    const info = await lstat(path);
    if (info.isSymbolicLink()) await copyInterpreter(root, path);
    else if (info.isFile()) await freeScript(root, path);
  }
  for (const version of await names(join(root, VENV, 'lib'))) {
    const packages = join(root, VENV, 'lib', version, 'site-packages');
    for (const name of await names(packages)) {
      if (name.endsWith('.pth')) await freePaths(root, packages, join(packages, name));
    }
  }
}

async function copyInterpreter(root: string, path: string): Promise<void> {
  const target = resolve(path, '..', await readlink(path));
  if (target.startsWith(root + sep)) return;
  const program = await realpath(target);
  await rm(path);
  await copyFile(program, path);
}

/**
 * Replaces a script's `#!` line by a shell line that Python reads as a string. Installers write the same if the
 * interpreter's path is too long for `#!`.
 */
async function freeScript(root: string, path: string): Promise<void> {
  const start = `#!${join(root, VENV, 'bin')}/`;
  const content = await readFile(path);
  if (!content.subarray(0, start.length).equals(Buffer.from(start))) return;
  const end = content.indexOf('\n');
  const head = `#!/bin/sh\n'''exec' "$(dirname -- "$(realpath -- "$0")")/python" "$0" "$@"\n' '''\n`;
  await writeFile(path, Buffer.concat([Buffer.from(head), content.subarray(end + 1)]));
}

async function freePaths(root: string, packages: string, path: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  const lines = text
    .split('\n')
    .map((line) => (line === root || line.startsWith(root + sep) ? relative(packages, line) : line));
  if (lines.join('\n') !== text) await writeFile(path, lines.join('\n'));
}

function names(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
