import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { edgesOf, layOut, ownersIn } from '../../../dashboard/data/service-map.ts';

const SLUGS = ['a', 'b', 'c', 'd', 'e'];
const anyOwners = fc
  .array(fc.subarray(SLUGS), { minLength: SLUGS.length, maxLength: SLUGS.length })
  .map((all) => new Map(SLUGS.map((slug, at) => [slug, all[at] ?? []])));

describe('the map of services', () => {
  it('draws an arrow for each service that takes a value from another, and nothing else', () => {
    const front = ownersIn([
      { value: `https://\${{api.GANTRY_PUBLIC_URL}}/\${{api.PATH_OF}}` },
      { value: `\${{shared.HOST}} \${{OWN}} \${{gone.NAME}} \${{front.NAME}}` },
      { value: `$\${{mail.NOT_MEANT}} \${{` },
      { value: null },
    ]);
    const owners = new Map([
      ['front', front],
      ['api', []],
      ['mail', []],
    ]);
    expect(edgesOf(owners)).toEqual([{ from: 'front', to: 'api' }]);
  });

  it('places a service to the left of the services that it refers to', () => {
    const edges = [
      { from: 'front', to: 'api' },
      { from: 'api', to: 'store' },
      { from: 'front', to: 'store' },
    ];
    expect([...layOut(['store', 'api', 'front', 'mail'], edges)]).toEqual([
      ['store', { column: 2, row: 0 }],
      ['api', { column: 1, row: 0 }],
      ['front', { column: 0, row: 0 }],
      ['mail', { column: 0, row: 1 }],
    ]);
  });

  it('gives each service its own place, whichever services refer to each other, circles included', () => {
    fc.assert(
      fc.property(anyOwners, (owners) => {
        const places = layOut(SLUGS, edgesOf(owners));
        const texts = [...places.values()].map(({ column, row }) => `${column} ${row}`);
        expect(places.size).toBe(SLUGS.length);
        expect(new Set(texts).size).toBe(SLUGS.length);
      }),
    );
  });
});
