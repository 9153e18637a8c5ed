import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../..');

/** What each room may import. docs/architecture.md, "Layers". */
const allowed: Record<string, readonly string[]> = {
  'layers/contract': [],
  'layers/outbound': ['contract'],
  'layers/cloud': ['contract', 'outbound'],
  'layers/core': ['contract', 'outbound', 'cloud'],
  'layers/runtime': ['contract', 'cloud', 'core'],
  'layers/builder': ['contract', 'outbound'],
  functions: ['contract', 'cloud', 'core', 'runtime'],
  infra: ['contract'],
  local: ['contract'],
  cli: ['contract'],
};

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('node_modules'))
    .map((file) => join(folder, file));
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
}

describe('the layers', () => {
  it.each(Object.entries(allowed))('%s imports only what stands to its right', (folder, packages) => {
    const own = folder.split('/').at(-1);
    const strays = sources(folder).flatMap((file) =>
      importsOf(file)
        .filter((name) => name.startsWith('@gantry/'))
        .filter((name) => ![...packages, own].includes(name.split('/')[1] ?? ''))
        .map((name) => `${file} imports ${name}`),
    );
    expect(strays).toEqual([]);
  });

  it.each(Object.keys(allowed))('%s reaches other rooms by package, never by a relative path', (folder) => {
    const strays = sources(folder).flatMap((file) =>
      importsOf(file)
        .filter((name) => name.startsWith('.') && !join(file, '..', name).startsWith(`${folder}/`))
        .map((name) => `${file} imports ${name}`),
    );
    expect(strays).toEqual([]);
  });

  it('keeps the contract free of Node, so that a browser can load it', () => {
    const strays = sources('layers/contract').filter((file) =>
      importsOf(file).some((name) => name.startsWith('node:')),
    );
    expect(strays).toEqual([]);
  });

  it('touches the table only in core, and a context only through its operations', () => {
    const strays = [...sources('functions'), ...sources('layers/runtime'), ...sources('layers/core')].flatMap((file) =>
      importsOf(file)
        .filter((name) => name.endsWith('/store.ts'))
        .filter((name) => !name.startsWith('./') && !/^(\.\.\/)+store\.ts$/.test(name))
        .map((name) => `${file} imports ${name}`),
    );
    expect(strays).toEqual([]);
  });
});

describe('the house rules', () => {
  const everything = Object.keys(allowed).flatMap(sources);

  it.each([
    ['a TODO', /\b(?:TODO|FIXME)\b/],
    ['any', /(?::|\bas|<)\s*any\b/],
    ['a suppressed type error', /@ts-(?:ignore|expect-error|nocheck)/],
    ['a suppressed lint', /biome-ignore/],
  ])('no module holds %s', (_, pattern) => {
    expect(everything.filter((file) => pattern.test(readFileSync(join(root, file), 'utf8')))).toEqual([]);
  });

  it('no module passes 350 lines', () => {
    expect(everything.filter((file) => readFileSync(join(root, file), 'utf8').split('\n').length > 350)).toEqual([]);
  });
});
