import { describe, expect, it } from '@jest/globals';
import { rooms } from './core-rooms.ts';
import {
  circlesOf,
  oddNames,
  PACKAGES,
  privateImports,
  type Room,
  readTree,
  specifiersOf,
  strayTests,
  upwardImports,
} from './modules.ts';

const product = readTree(Object.keys(PACKAGES));
const everything = new Map([...product, ...readTree(['test', 'scripts'])]);

describe('the packages', () => {
  it.each(Object.entries(PACKAGES))('%s imports only the packages that it may', (folder, packages) => {
    const own = folder.split('/').at(-1) ?? '';
    const strays = [...readTree([folder])].flatMap(([file, text]) =>
      specifiersOf(text)
        .filter((name) => name.startsWith('@gantry/'))
        .filter((name) => ![...packages, own].includes(name.split('/')[1] ?? ''))
        .map((name) => `${file} imports ${name}`),
    );
    expect(strays).toEqual([]);
  });

  it('have no circle of imports, types included', () => {
    expect(circlesOf(everything)).toEqual([]);
  });

  it('name files and folders in kebab-case', () => {
    expect(oddNames(everything)).toEqual([]);
  });
});

describe('the tests', () => {
  it('are at the place that mirrors their source', () => {
    expect(strayTests(everything)).toEqual([]);
  });
});

describe('the rooms of core', () => {
  it('import only rooms of lower floors', () => {
    expect(upwardImports(product, rooms)).toEqual([]);
  });

  it('are imported only through their public files', () => {
    expect(privateImports(product, rooms)).toEqual([]);
  });
});

describe('a planted violation is found:', () => {
  const planted = (files: Readonly<Record<string, string>>) => new Map(Object.entries(files));
  const two: Readonly<Record<string, Room>> = {
    low: { floor: 1, public: ['open.ts'] },
    high: { floor: 2, public: [] },
  };

  it('a circle of three modules, one of them by a type', () => {
    const tree = planted({
      'cli/a.ts': "import { b } from './b.ts';",
      'cli/b.ts': "import type { C } from './c.ts';",
      'cli/c.ts': "export { a } from './a.ts';",
      'cli/d.ts': "import { a } from './a.ts';",
    });
    expect(circlesOf(tree)).toEqual([['cli/a.ts', 'cli/b.ts', 'cli/c.ts']]);
  });

  it('an import that points upward, and a module outside every room', () => {
    const tree = planted({
      'layers/core/low/open.ts': "import { top } from '../high/top.ts';",
      'layers/core/high/top.ts': "import { open } from '../low/open.ts';",
      'layers/core/astray.ts': '',
    });
    expect(upwardImports(tree, two)).toEqual([
      'layers/core/astray.ts is in no room',
      'layers/core/low/open.ts imports layers/core/high/top.ts',
    ]);
  });

  it('an import of a private file, and a public file that nobody imports', () => {
    const tree = planted({
      'layers/core/low/open.ts': '',
      'layers/core/low/inner.ts': '',
      'functions/deploy/step.ts': "import { inner } from '@gantry/core/low/inner.ts';",
    });
    expect(privateImports(tree, two)).toEqual([
      'functions/deploy/step.ts imports layers/core/low/inner.ts',
      'nobody imports layers/core/low/open.ts',
    ]);
  });

  it('a test whose folder stands for no folder of the source', () => {
    const tree = planted({
      'layers/core/low/open.ts': '',
      'test/layers/core/low/open.test.ts': '',
      'test/journeys/whole.test.ts': '',
      'test/core-low/open.test.ts': '',
      'test/layers/core/lower/open.test.ts': '',
    });
    expect(strayTests(tree)).toEqual(['test/core-low/open.test.ts', 'test/layers/core/lower/open.test.ts']);
  });

  it('a name that is not kebab-case', () => {
    expect(oddNames(planted({ 'cli/openPage.ts': '', 'cli/open-page.ts': '' }))).toEqual(['cli/openPage.ts']);
  });
});
