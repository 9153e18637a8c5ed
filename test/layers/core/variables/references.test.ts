import { escapeValue, parseValue, referencesOf } from '@gantry/contract/references.ts';
import { createResolver, type Definition } from '@gantry/core/variables/resolve.ts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

const ref = (text: string) => `\${{${text}}}`;

/** A resolver over variables written as `owner.NAME`. */
function resolverOf(variables: Readonly<Record<string, string>>, sealed: readonly string[] = []) {
  const find = (owner: string, name: string): Definition | undefined => {
    const key = `${owner}.${name}`;
    const value = Object.hasOwn(variables, key) ? variables[key] : undefined;
    return value === undefined ? undefined : { parts: parseValue(value), sealed: sealed.includes(key) };
  };
  return createResolver(find);
}

describe('references', () => {
  it('give the value of a variable of the own service, of another service, or of a shared set', () => {
    const resolve = resolverOf({
      'web.URL': `http://${ref('HOST')}:${ref(' api.PORT ')}/${ref('shared.PATHNAME')}`,
      'web.HOST': 'localhost',
      'api.PORT': `${ref('BASE')}80`,
      'api.BASE': '80',
      'shared.PATHNAME': 'v1',
    });
    expect(resolve('web', 'URL')).toEqual({ value: 'http://localhost:8080/v1', sealed: false, secrets: new Set() });
  });

  it('are sealed when any variable behind them is sealed', () => {
    const variables = { 'web.A': ref('B'), 'web.B': `x${ref('api.C')}`, 'api.C': 'secret', 'web.D': 'plain' };
    const resolve = resolverOf(variables, ['api.C']);
    expect(['A', 'B', 'D'].map((name) => resolve('web', name).sealed)).toEqual([true, true, false]);
  });

  it('list every sealed value inside a value, because a build may print only one of them', () => {
    const variables = {
      'web.URL': `db://${ref('shared.AUTH')}@db`,
      'shared.AUTH': `me:${ref('api.C')}`,
      'api.C': 'secret',
    };
    expect([...resolverOf(variables, ['api.C'])('web', 'URL').secrets]).toEqual([
      'db://me:secret@db',
      'me:secret',
      'secret',
    ]);
  });

  it.each([
    [{ 'web.A': ref('api.B'), 'api.B': ref('web.A') }, 'web.A → api.B → web.A: they refer to each other in a circle.'],
    [{ 'web.A': ref('A') }, 'web.A → web.A: they refer to each other in a circle.'],
    [{ 'web.A': ref('B'), 'web.B': ref('shared.C') }, 'web.A → web.B → shared.C: there is no shared variable C.'],
    [
      { 'web.A': `${ref('B')}${ref('B')}`, 'web.B': 'x'.repeat(20_000) },
      'web.A: the value becomes larger than 32768 bytes.',
    ],
  ])('without a value are refused with the whole path', (variables, message) => {
    expect(() => resolverOf(variables as Record<string, string>)('web', 'A')).toThrow(message);
  });

  it('in too long a chain are refused without running out of memory or stack', () => {
    const chain = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`web.V${i}`, ref(`V${i + 1}`)]));
    expect(() => resolverOf(chain)('web', 'V0')).toThrow('more than 32 variables refer to each other');
  });

  it('that are malformed are refused, and the message says how to write the text itself', () => {
    for (const text of ['${{', 'a ${{ b', ref('1X'), ref('a b'), ref('secrets.X.Y')]) {
      expect(() => parseValue(text)).toThrow('begins no reference');
    }
  });

  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 10 }),
    fc.constantFrom('$', '${', '${{', '$${{', '}}', ref('A'), '{{'),
  );
  const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));

  it('do not appear in escaped text', () => {
    fc.assert(
      fc.property(text, (given) => {
        expect(referencesOf(escapeValue(given))).toEqual([]);
        expect(resolverOf({ 'web.A': escapeValue(given) })('web', 'A').value).toBe(given);
      }),
    );
  });

  it('give the same values as replacing each by hand', () => {
    const names = ['A', 'B', 'C', 'D', 'E'];
    const plain = fc.string({ unit: fc.constantFrom('x', ' ', '{', '}', '$ '), maxLength: 5 });
    // Each refers only to later ones.
    const values = fc.tuple(
      ...names.map((_, index) =>
        fc.array(
          index === names.length - 1 ? plain : fc.oneof(plain, fc.constantFrom(...names.slice(index + 1)).map(ref)),
          { maxLength: 4 },
        ),
      ),
    );
    fc.assert(
      fc.property(values, (given) => {
        const texts = given.map((parts) => parts.join(''));
        const variables = Object.fromEntries(names.map((name, index) => [`web.${name}`, texts[index] ?? '']));
        fc.pre(texts.every((each) => isWellFormed(each)));
        const byHand = new Map<string, string>();
        for (const [index, name] of [...names.entries()].reverse()) {
          byHand.set(
            name,
            (texts[index] ?? '').replace(/\$\{\{(\w)\}\}/g, (_, other: string) => byHand.get(other) ?? ''),
          );
        }
        const resolve = resolverOf(variables);
        for (const name of names) expect(resolve('web', name).value).toBe(byHand.get(name));
      }),
    );
  });
});

function isWellFormed(text: string): boolean {
  try {
    return !text.includes('$${{') && parseValue(text).length >= 0;
  } catch {
    return false;
  }
}
