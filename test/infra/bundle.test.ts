import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
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
const programs = ({ directory }: Bundles) =>
  ['index.mjs', 'index.mjs.map'].map((file) => readFileSync(join(directory, 'api/greet', file), 'utf8'));

describe('bundling', () => {
  it('bundles a function and its imports into one program, under the handler that Lambda calls', async () => {
    const bundles = bundle(checkout(files));
    const { handler, bytes } = bundles.function('api/greet');
    expect(handler).toBe('api/greet/index.handler');
    const program = readFileSync(join(bundles.directory, 'api/greet/index.mjs'));
    expect(program.toString()).toContain('hello');
    expect(program.toString()).not.toContain('../name');
    expect(program.length).toBe(bytes);
  });

  it('shares imports of two functions, and counts them for both', () => {
    const shared = bundle(checkout({ ...files, 'functions/api/part.ts': GREET.replace('hello', 'goodbye') }));
    expect(readdirSync(join(shared.directory, 'chunks')).filter((file) => file.endsWith('.mjs'))).toHaveLength(1);
    const own = statSync(join(shared.directory, 'api/greet/index.mjs')).size;
    expect(shared.function('api/greet').bytes).toBeGreaterThan(own);
  });

  it('gives the same bytes in every checkout, so that unchanged code is not deployed again', () => {
    const [first, second] = [bundle(checkout(files)), bundle(checkout(files))];
    expect(programs(first)).toEqual(programs(second));
  });

  it('names the missing file if a stack asks for a function that does not exist', () => {
    const bundles = bundle(checkout(files));
    expect(() => bundles.function('api/missing')).toThrow('There is no functions/api/missing.ts: write it');
  });

  it('leaves nothing behind', () => {
    const root = checkout(files);
    const bundles = bundle(root);
    bundles.remove();
    expect(() => readFileSync(join(bundles.directory, 'api/greet/index.mjs'))).toThrow('ENOENT');
  });

  it('leaves nothing behind if a function does not compile, and names the place', () => {
    const root = checkout({ ...files, 'functions/api/broken.ts': "import './nowhere.ts';" });
    expect(() => bundle(root)).toThrow('nowhere.ts');
    expect(readdirSync(join(root, '.cache'))).toEqual([]);
  });
});
