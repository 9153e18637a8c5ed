import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BuildError } from '../../../layers/builder/build-error.ts';
import { parseReference } from '../../../layers/builder/image/reference.ts';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('the reference of an image', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx:latest', 'registry-1.docker.io', 'library/nginx', 'latest'],
    [
      'nginx:1.29-alpine',
      'docker.io/library/nginx:1.29-alpine',
      'registry-1.docker.io',
      'library/nginx',
      '1.29-alpine',
    ],
    ['docker.io/nginx', 'docker.io/library/nginx:latest', 'registry-1.docker.io', 'library/nginx', 'latest'],
    ['index.docker.io/team/app', 'docker.io/team/app:latest', 'registry-1.docker.io', 'team/app', 'latest'],
    ['team/app', 'docker.io/team/app:latest', 'registry-1.docker.io', 'team/app', 'latest'],
    ['ghcr.io/team/app:v2', 'ghcr.io/team/app:v2', 'ghcr.io', 'team/app', 'v2'],
    ['localhost/app', 'localhost/app:latest', 'localhost', 'app', 'latest'],
    ['host:5000/a/b_c/d--e:1', 'host:5000/a/b_c/d--e:1', 'host:5000', 'a/b_c/d--e', '1'],
    ['[::1]:5000/app', '[::1]:5000/app:latest', '[::1]:5000', 'app', 'latest'],
    [`ghcr.io/team/app@${DIGEST}`, `ghcr.io/team/app@${DIGEST}`, 'ghcr.io', 'team/app', DIGEST],
    [`ghcr.io/team/app:v2@${DIGEST}`, `ghcr.io/team/app@${DIGEST}`, 'ghcr.io', 'team/app', DIGEST],
  ])('%s is read as %s', (text, name, host, repository, version) => {
    expect(parseReference(text)).toEqual({ name, host, repository, version });
  });

  it.each([
    ['https://ghcr.io/team/app', 'it has a scheme'],
    ['', 'a name has lower-case letters'],
    ['Nginx', 'a name has lower-case letters'],
    ['team//app', 'a name has lower-case letters'],
    ['ghcr.io/../app', 'a name has lower-case letters'],
    ['ghcr.io/a?b=c/app', 'a name has lower-case letters'],
    ['ghcr.io/team/app:', 'a tag has up to 128'],
    ['ghcr.io/team/app:a/b', 'a name has lower-case letters'],
    ['ghcr.io/team/app@sha256:abc', 'a digest is "sha256:" and 64 digits'],
    ['ghcr.io/team/app@md5:abc', 'a digest is "sha256:" and 64 digits'],
    ['user:secret@ghcr.io/team/app', 'a digest is "sha256:" and 64 digits'],
    ['ghcr.io:99999/app', '"ghcr.io:99999" is not a host'],
    ['-ghcr.io/app', '"-ghcr.io" is not a host'],
    ['ghcr..io/app', '"ghcr..io" is not a host'],
  ])('%j is refused: %s', (text, why) => {
    expect(() => parseReference(text)).toThrow(why);
  });

  it('is shown without the password in it', () => {
    expect(() => parseReference('user:hunter2@ghcr.io/team/app')).toThrow(
      '"…@ghcr.io/team/app" is not the name of an image',
    );
    expect(() => parseReference('https://user:hunter2@ghcr.io/app')).toThrow(
      '"…@ghcr.io/app" is not the name of an image',
    );
  });

  it('is either refused or read, for any text, and its full name means the same image', () => {
    const part = fc.stringMatching(/^[a-z0-9._/:@[\]-]{0,12}$/);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ maxLength: 300 }),
          fc.array(part).map((parts) => parts.join('')),
        ),
        (text) => {
          try {
            const reference = parseReference(text);
            expect(parseReference(reference.name)).toEqual(reference);
            const url = new URL(`https://${reference.host}/v2/${reference.repository}/manifests/${reference.version}`);
            expect(url.pathname).toBe(`/v2/${reference.repository}/manifests/${reference.version}`);
            expect([url.search, url.hash, url.username]).toEqual(['', '', '']);
          } catch (error) {
            expect(error).toBeInstanceOf(BuildError);
          }
        },
      ),
    );
  });
});
