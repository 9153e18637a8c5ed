import { Delivery, readDelivery } from '@gantry/core/github/delivery.ts';
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
  repository: { id: 1, full_name: 'Acme/Shop', pushed_at: Date.parse('2026-11-29T12:00:00Z') / 1000 },
  installation: { id: 51234567, node_id: 'x' },
  commits: [{ id: commit, added: ['a.js'], removed: [], modified: ['apps/shop/b.js'] }],
  head_commit: { id: commit, message: 'Show the price\n\nWith tax.', author: { name: 'Ada', email: 'a@example.com' } },
  ...more,
});

describe('a delivery from GitHub', () => {
  it('says what a push deploys and which paths it touches', () => {
    expect(readDelivery('push', 'd1', push())).toEqual({
      kind: 'push',
      deliveryId: 'd1',
      installationId: '51234567',
      repository: 'Acme/Shop',
      repositoryId: '1',
      branch: 'main',
      before,
      commit: { id: commit, message: 'Show the price', author: 'Ada' },
      skip: null,
      pushedAt: '2026-11-29T12:00:00.000Z',
      paths: ['a.js', 'apps/shop/b.js'],
    });
  });

  it.each([
    ['a tag', push({ ref: 'refs/tags/v1' })],
    ['a branch that was deleted', push({ deleted: true, after: '0'.repeat(40), head_commit: null })],
  ])('is ignored when it is about %s', (_, payload) => {
    expect(readDelivery('push', 'd1', payload)).toBeUndefined();
  });

  it('keeps unusual branch names', () => {
    expect(readDelivery('push', 'd1', push({ ref: 'refs/heads/feature/ü#1' }))).toMatchObject({
      branch: 'feature/ü#1',
    });
  });

  it('has unknown paths when a push starts a branch, is forced, changes nothing, or is too large', () => {
    const files = Array.from({ length: 2_001 }, (_, at) => `file-${at}`);
    const large = push({ commits: [{ added: files, removed: [], modified: [] }] });
    const nothing = { added: [], removed: [], modified: [] };
    const many = push({ commits: Array.from({ length: 2_048 }, () => ({ ...nothing, added: ['a'] })) });
    const empty = push({ commits: [nothing] });
    const first = push({ before: '0'.repeat(40) });
    for (const payload of [first, push({ forced: true }), push({ commits: [] }), empty, many, large]) {
      expect(readDelivery('push', 'd1', payload)).toMatchObject({ paths: null });
    }
  });

  it.each([
    ['[skip ci]', 'Typo [skip ci]'],
    ['[ci skip]', 'Typo\n\n[ci skip]'],
    ['[no ci]', '[No CI] Typo'],
    ['[skip deploy]', 'Typo\n\n[Skip Deploy]'],
    ['[skip gantry]', "Merge branch 'typo'\n\n* Typo [skip gantry]\n"],
    [null, 'Skip the ci'],
    [null, '[skip]'],
  ])('A35: is skipped with %s when the message of the head commit says so: %j', (skip, message) => {
    const head_commit = { message, author: { name: 'Ada' } };
    expect(readDelivery('push', 'd1', push({ head_commit }))).toMatchObject({ skip });
  });

  it('A35: is not skipped by the message of an older commit', () => {
    const older = { id: before, message: 'Older [skip ci]', added: ['a'], removed: [], modified: [] };
    expect(readDelivery('push', 'd1', push({ commits: [older, ...push().commits] }))).toMatchObject({ skip: null });
  });

  it.each(['renamed', 'transferred'])('A37: reports that a repository was %s', (action) => {
    const { repository, installation } = push();
    expect(readDelivery('repository', 'd1', { action, repository, installation })).toEqual({
      ...{ kind: 'renamed', deliveryId: 'd1', installationId: '51234567' },
      ...{ repository: 'Acme/Shop', repositoryId: '1' },
    });
    expect(readDelivery('repository', 'd1', { action: 'archived', repository, installation })).toBeUndefined();
  });

  it('reports of an installation only its end and its suspension', () => {
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

  it('fits into a queue message, with any names of branches, files and authors', () => {
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
