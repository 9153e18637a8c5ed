import { posix } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { longFunctions } from './function-length.ts';
import { PACKAGES, readTree, specifiersOf } from './modules.ts';

describe('every package', () => {
  it.each(Object.keys(PACKAGES))('%s imports other packages by name, never by a relative path', (folder) => {
    const strays = [...readTree([folder])].flatMap(([file, text]) =>
      specifiersOf(text)
        .filter((name) => name.startsWith('.') && !posix.join(file, '..', name).startsWith(`${folder}/`))
        .map((name) => `${file} imports ${name}`),
    );
    expect(strays).toEqual([]);
  });

  it.each(['layers/contract', 'layers/client'])(
    '%s imports nothing of Node, so that a browser can load it',
    (folder) => {
      const strays = [...readTree([folder])].filter(([, text]) =>
        specifiersOf(text).some((name) => name.startsWith('node:')),
      );
      expect(strays.map(([file]) => file)).toEqual([]);
    },
  );

  it('uses the table only in the kernel and the records of core', () => {
    const database = /^(?:electrodb|@aws-sdk\/(?:client|lib)-dynamodb)$/;
    const allowed = ['layers/core/kernel/', 'layers/core/records/', 'layers/cloud/dynamodb.ts'];
    const strays = [...readTree(['layers', 'functions'])].filter(
      ([file, text]) =>
        !allowed.some((start) => file.startsWith(start)) && specifiersOf(text).some((name) => database.test(name)),
    );
    expect(strays.map(([file]) => file)).toEqual([]);
  });
});

describe('the house rules', () => {
  const everything = [...readTree(Object.keys(PACKAGES))];

  it.each([
    ['a TODO', /\b(?:TODO|FIXME)\b/],
    ['any', /(?::|\bas|<)\s*any\b/],
    ['a suppressed type error', /@ts-(?:ignore|expect-error|nocheck)/],
    ['a suppressed lint', /biome-ignore/],
  ])('no module holds %s', (_, pattern) => {
    expect(everything.filter(([, text]) => pattern.test(text)).map(([file]) => file)).toEqual([]);
  });

  it('code for AWS names no AWS partition, because ARNs begin otherwise in China and for governments', () => {
    const onAws = [...readTree(['layers', 'functions', 'statemachines', 'infra/stacks', 'infra/constructs'])];
    expect(onAws.filter(([, text]) => text.includes('arn:aws:')).map(([file]) => file)).toEqual([]);
  });

  it('no module has more than 350 lines', () => {
    expect(everything.filter(([, text]) => text.split('\n').length > 350).map(([file]) => file)).toEqual([]);
  });

  it('no function of the local cloud has more than 100 lines', () => {
    expect(longFunctions(readTree(['local']), 100)).toEqual([]);
  });

  it('a function that is too long is found, also inside another', () => {
    const lines = (count: number) => 'step();\n'.repeat(count);
    const tree = new Map([
      ['local/short.ts', `function short() {\n${lines(3)}}\n`],
      ['local/closure.ts', `function outer() {\n  const inner = () => {\n${lines(3)}  };\n}\n`],
      ['local/method.ts', `class Queue {\n  take() {\n${lines(4)}  }\n}\nconst table = { put() {\n${lines(4)}} };\n`],
    ]);
    expect(longFunctions(tree, 5)).toEqual(['local/closure.ts:1', 'local/method.ts:2', 'local/method.ts:9']);
  });
});
