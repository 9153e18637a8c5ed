import { Delivery, readDelivery } from '@gantry/core/source/github/delivery.ts';
import { concerns } from '@gantry/core/source/watch-paths.ts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

const commit = '5b1b3f6f2c1f6f0c1d2e3a4b5c6d7e8f90a1b2c3';
const before = '0123456789012345678901234567890123456789';

const push = (more: object = {}) => ({
  ref: 'refs/heads/main',
  before,
  after: commit,
  created: false,
  deleted: false,
  forced: false,
  repository: { id: 1, full_name: 'Acme/Shop' },
  installation: { id: 51234567, node_id: 'x' },
  commits: [{ id: commit, added: ['a.js'], removed: [], modified: ['apps/shop/b.js'] }],
  head_commit: { id: commit, message: 'Show the price\n\nWith tax.', author: { name: 'Ada', email: 'a@example.com' } },
  ...more,
});

describe('a delivery of GitHub', () => {
  it('says of a push what is deployed, and what it touches', () => {
    expect(readDelivery('push', 'd1', push())).toEqual({
      kind: 'push',
      deliveryId: 'd1',
      installationId: '51234567',
      repository: 'Acme/Shop',
      branch: 'main',
      before,
      commit: { id: commit, message: 'Show the price', author: 'Ada' },
      skip: false,
      paths: ['a.js', 'apps/shop/b.js'],
    });
  });

  it.each([
    ['a tag', push({ ref: 'refs/tags/v1' })],
    ['a branch that was deleted', push({ deleted: true, after: '0'.repeat(40), head_commit: null })],
  ])('calls for nothing where it is %s', (_, payload) => {
    expect(readDelivery('push', 'd1', payload)).toBeUndefined();
  });

  it('keeps odd names of branches', () => {
    expect(readDelivery('push', 'd1', push({ ref: 'refs/heads/feature/ü#1' }))).toMatchObject({
      branch: 'feature/ü#1',
    });
  });

  it('does not claim to know what a push touches that begins a branch, writes over it, or is too large', () => {
    const files = Array.from({ length: 2_001 }, (_, at) => `file-${at}`);
    const large = push({ commits: [{ added: files, removed: [], modified: [] }] });
    for (const payload of [push({ before: '0'.repeat(40) }), push({ forced: true }), push({ commits: [] }), large]) {
      expect(readDelivery('push', 'd1', payload)).toMatchObject({ paths: null });
    }
  });

  it('is left alone where its commit says so', () => {
    const head_commit = { message: 'Typo\n\n[Skip Deploy]', author: { name: 'Ada' } };
    expect(readDelivery('push', 'd1', push({ head_commit }))).toMatchObject({ skip: true });
  });

  it('tells of an installation only what ends or pauses it', () => {
    const told = (action: string) => readDelivery('installation', 'd1', { action, installation: { id: 7 } });
    expect(told('suspend')).toEqual({
      kind: 'installation',
      deliveryId: 'd1',
      installationId: '7',
      change: 'suspended',
    });
    expect([told('created'), told('new_permissions_accepted'), told('toString')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('fits the queue, whatever a repository calls its branches, files and authors', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.array(fc.string()), (text, files) => {
        const head_commit = { message: text, author: { name: text } };
        const commits = [{ added: files, removed: files, modified: [] }];
        const read = readDelivery('push', 'd1', push({ ref: `refs/heads/${text}`, head_commit, commits }));
        if (read !== undefined) expect(Delivery.parse(JSON.parse(JSON.stringify(read)))).toEqual(read);
      }),
    );
  });
});

describe('watch paths', () => {
  it.each([
    ['apps/shop', 'apps/shop/index.js', true],
    ['apps/shop', 'apps/shopping/index.js', false],
    ['apps/shop/', 'apps/shop/index.js', true],
    ['apps/shop/**', 'apps/shop/src/index.js', true],
    ['apps/*/package.json', 'apps/shop/package.json', true],
    ['apps/*/package.json', 'apps/package.json', false],
    ['*.md', 'docs/a.md', true],
    ['*', 'anything', true],
    ['ab*ba', 'aba', false],
  ])('%j with %j: %s', (pattern, path, expected) => expect(concerns([pattern], [path])).toBe(expected));

  it('let everything through where there are none, or where it is not known what was touched', () => {
    expect([concerns([], ['a']), concerns(['b'], null), concerns(['b'], ['a'])]).toEqual([true, true, false]);
  });
});
