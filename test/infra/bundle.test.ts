import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Bundles, bundle } from '../../infra/constructs/bundle.ts';

const roots: string[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

function checkout(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'gantry-bundle-'));
  roots.push(root);
  const all = { 'layers/builder/main.ts': "console.log('built');", ...files };
  for (const [file, text] of Object.entries(all)) {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return root;
}

const GREET = "import { name } from '../name.ts';\nexport const handler = async () => ['hello', name].join(' ');";
const files = { 'functions/api/greet.ts': GREET, 'functions/name.ts': "export const name: string = 'Ada';" };
const programs = ({ directory }: ReturnType<Bundles['function']>) =>
  ['index.mjs', 'index.mjs.map'].map((file) => readFileSync(join(directory, file), 'utf8'));

describe('bundling', () => {
  it('makes one module of a function and what it imports', async () => {
    const bundles = bundle(checkout(files));
    const { directory, bytes } = bundles.function('api/greet');
    const program = readFileSync(join(directory, 'index.mjs'));
    expect(program.toString()).toContain('hello');
    expect(program.toString()).not.toContain('../name');
    expect(program.length).toBe(bytes);
  });

  it('gives the same bytes wherever the checkout is, so that nothing is deployed for nothing', () => {
    const [first, second] = [bundle(checkout(files)), bundle(checkout(files))];
    expect(programs(first.function('api/greet'))).toEqual(programs(second.function('api/greet')));
  });

  it('says which file is missing where a stack asks for a function that is not there', () => {
    const bundles = bundle(checkout(files));
    expect(() => bundles.function('api/missing')).toThrow('There is no functions/api/missing.ts: write it');
  });

  it('leaves nothing behind', () => {
    const root = checkout(files);
    const bundles = bundle(root);
    const { directory } = bundles.function('api/greet');
    bundles.remove();
    expect(() => readFileSync(join(directory, 'index.mjs'))).toThrow('ENOENT');
  });

  it('leaves nothing behind where a function does not compile, and says where', () => {
    const root = checkout({ ...files, 'functions/api/broken.ts': "import './nowhere.ts';" });
    expect(() => bundle(root)).toThrow('nowhere.ts');
    expect(readdirSync(join(root, '.cache'))).toEqual([]);
  });
});
