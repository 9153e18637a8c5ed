import { join } from 'node:path';
import { outboundFetch } from '@gantry/outbound/fetch.ts';
import { describe, expect, it } from '@jest/globals';
import { BuildError } from '../../../layers/builder/build-error.ts';
import { type CopyRequest, copyImage } from '../../../layers/builder/image/copy.ts';
import { ARCHITECTURE } from '../../../layers/builder/oci/image.ts';
import { buildApp, materialize, pushed, start } from './images.ts';
import { AUTHORIZATION, startRegistry, type TestRegistry, temporaryFolder } from './peers.ts';
import { DOCKER, OCI, type SourceImages, startSource } from './source-images.ts';

const PLATFORM = (architecture: string, os = 'linux') => ({ platform: { os, architecture } });

async function copy(source: { readonly host: string }, target: TestRegistry, more: Partial<CopyRequest> = {}) {
  const lines: string[] = [];
  const result = await copyImage({
    reference: `${source.host}/team/app:1.0`,
    repository: { uri: `${target.host}/apps/hello`, authorization: AUTHORIZATION },
    architecture: 'arm64',
    privateSources: true,
    signal: new AbortController().signal,
    print: (line) => lines.push(line),
    ...more,
  });
  return { ...result, lines };
}

function addIndex(source: SourceImages, types: typeof OCI): string {
  const manifests = [
    { ...source.image('unknown', types), ...PLATFORM('unknown', 'unknown') },
    { ...source.image('amd64', types), ...PLATFORM('amd64') },
    { ...source.image('arm64', types, { config: { ExposedPorts: { '8080/tcp': {} } } }), ...PLATFORM('arm64') },
  ];
  source.add(types.index, { schemaVersion: 2, mediaType: types.index, manifests }, '1.0');
  return manifests[2]?.digest ?? '';
}

/** A source that passes for a public one. Only its own address is allowed. */
const passingFor =
  (host: string): typeof outboundFetch =>
  async (address, init, options) => {
    const url = new URL(String(address).replace('https://', 'http://'));
    if (url.host !== host) return outboundFetch(address, init, options);
    const probe = await fetch(url, { headers: { ...init.headers }, redirect: 'manual' });
    await probe.body?.cancel();
    const location = probe.headers.get('location');
    return location === null
      ? outboundFetch(url, init, { ...options, privateAddresses: true })
      : outboundFetch(location, init, options);
  };

describe('an image of another registry', () => {
  it.each([
    ['OCI', OCI],
    ["Docker's", DOCKER],
  ])('is copied from an index of %s types for the platform that runs it, and keeps its digest', async (_, types) => {
    await using source = await startSource();
    await using target = await startRegistry();
    const digest = addIndex(source, types);
    const { imageDigest, plan, lines } = await copy(source, target);
    expect(imageDigest).toBe(digest);
    expect([...target.manifests]).toEqual([[digest, source.contents.get(digest)?.bytes]]);
    expect([...target.blobs.values()].map(String)).toEqual(['one', 'two', expect.stringContaining('arm64')]);
    expect(plan).toEqual({
      provider: 'image',
      source: `${source.host}/team/app@${digest}`,
      command: ['run'],
      port: 8080,
      user: '1000',
    });
    expect(lines[0]).toBe(`Copying ${source.host}/team/app:1.0`);
    expect(lines[1]).toMatch(`Found ${digest} for linux/arm64: 2 layers`);
  });

  it('is copied by its digest, and a repeat sends nothing that is there already', async () => {
    await using source = await startSource();
    await using target = await startRegistry();
    const { digest } = source.image('arm64', OCI);
    const reference = `${source.host}/team/app@${digest}`;
    expect((await copy(source, target, { reference })).imageDigest).toBe(digest);
    const [sent, asked] = [target.requests.splice(0), source.requests.splice(0)];
    expect((await copy(source, target, { reference })).imageDigest).toBe(digest);
    expect(sent.filter((request) => request.startsWith('PATCH'))).toHaveLength(3);
    expect(target.requests).toEqual([`HEAD /v2/apps/hello/manifests/${digest}`]);
    expect([asked.length, source.requests.length]).toEqual([5, 2]);
  });

  it('is read with an anonymous token that can only pull this image', async () => {
    await using source = await startSource(undefined, 'a-token');
    await using target = await startRegistry();
    source.image('arm64', OCI, { tag: '1.0' });
    await copy(source, target);
    const tokens = source.requests.filter((request) => request.startsWith('GET /token'));
    expect(tokens).toEqual(['GET /token?service=images&scope=repository%3Ateam%2Fapp%3Apull']);
  });

  it('hides the token from the host to which a blob is redirected', async () => {
    const seen: unknown[] = [];
    await using store = await startSource((request, response) => {
      seen.push(request.headers.authorization);
      response.end('one');
      return true;
    });
    await using source = await startSource((request, response) => {
      if (!request.url?.includes('/blobs/') || request.headers.authorization === undefined) return false;
      if (request.url.endsWith(config)) return false;
      response.writeHead(307, { location: `http://${store.host}/stored` }).end();
      return true;
    }, 'a-token');
    await using target = await startRegistry();
    const image = source.image('arm64', OCI, { layers: [Buffer.from('one')], tag: '1.0' });
    const manifest = JSON.parse(String(source.contents.get(image.digest)?.bytes)) as { config: { digest: string } };
    const config = manifest.config.digest;
    await copy(source, target);
    expect(seen).toEqual([undefined]);
  });

  it('is copied although a connection breaks in the middle of a layer', async () => {
    let broken = 0;
    await using source = await startSource((request, response) => {
      if (!request.url?.includes('/blobs/') || broken > 1) return false;
      broken += 1;
      response.writeHead(200, { 'content-length': '3' }).write('o', () => response.destroy());
      return true;
    });
    await using target = await startRegistry();
    const { digest } = source.image('arm64', OCI, { tag: '1.0' });
    expect((await copy(source, target)).imageDigest).toBe(digest);
  });

  it('runs after the copy if a builder for processes made it', async () => {
    await using built = await startRegistry();
    await using source = await startSource();
    await using target = await startRegistry();
    await using folder = await temporaryFolder();
    const { imageDigest } = await buildApp('test/fixtures/apps/static-site', built, join(folder.path, 'build'));
    for (const bytes of built.blobs.values()) source.add(OCI.layer, bytes);
    source.add(OCI.manifest, built.manifests.get(imageDigest) ?? {}, '1.0');
    const copied = await copy(source, target, { architecture: ARCHITECTURE });
    expect(copied.imageDigest).toBe(imageDigest);
    const { config } = pushed(target, copied.imageDigest).config;
    expect(config.Labels['dev.gantry.base']).toBe('none');
    const app = await materialize(target, copied.imageDigest, join(folder.path, 'node'));
    await using running = await start(app, config.Cmd);
    expect((await fetch(running.url)).status).toBe(200);
  });

  it.each([
    ['', 'runs as root'],
    ['0:0', 'runs as root'],
    ['node', 'runs as the user "node"'],
  ])('that runs as the user %j is copied with a warning that the cluster refuses it', async (User, warning) => {
    await using source = await startSource();
    await using target = await startRegistry();
    source.image('arm64', OCI, { config: { User }, tag: '1.0' });
    const { lines } = await copy(source, target);
    expect(lines.find((line) => line.startsWith('Warning'))).toContain(warning);
  });
});

describe('an image that cannot be copied', () => {
  const refused = async (
    source: SourceImages,
    message: string | RegExp,
    more: Partial<CopyRequest> = {},
  ): Promise<void> => {
    await using target = await startRegistry();
    const failure = await copy(source, target, more).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(BuildError);
    expect(failure).toMatchObject({ message: expect.stringMatching(message) });
    expect([...target.manifests]).toEqual([]);
  };

  it('does not exist', async () => {
    await using source = await startSource();
    await refused(source, /^there is no image 127\.0\.0\.1:\d+\/team\/app:1\.0; check its name and tag$/);
  });

  it.each([
    ['answers 403', 403, {}],
    ['gives no token', 401, { 'www-authenticate': 'Bearer realm="http://HOST/v2/none"' }],
    ['wants a password', 401, { 'www-authenticate': 'Basic realm="images"' }],
  ])('is private: its registry %s', async (_, status, headers: Record<string, string>) => {
    await using source = await startSource((request, response, host) => {
      const own = Object.entries(headers).map(([name, value]) => [name, value.replace('HOST', host)]);
      response.writeHead(request.url === '/v2/none' ? 403 : status, Object.fromEntries(own)).end();
      return true;
    });
    await refused(source, /is private or does not exist; Gantry copies only images that everybody can pull$/);
  });

  it("is over the registry's limit of pulls", async () => {
    await using source = await startSource((_, response) => response.writeHead(429).end() !== undefined);
    await refused(source, /limits pulls of images.*try again later/);
  });

  it('is not made for the platform', async () => {
    await using source = await startSource();
    addIndex(source, OCI);
    await refused(source, /has no image for linux\/riscv64, only for unknown\/unknown, linux\/amd64, linux\/arm64;/, {
      architecture: 'riscv64',
    });
    source.image('amd64', OCI, { tag: '2.0' });
    await refused(
      source,
      /has no image for linux\/arm64, only for linux\/amd64; build the image for linux\/arm64 too$/,
      {
        reference: `${source.host}/team/app:2.0`,
      },
    );
  });

  it.each([
    ['not an image', { schemaVersion: 2, artifacts: [] }, /neither in OCI's format nor in Docker's version 2/],
    ["in Docker's version 1", { schemaVersion: 1, fsLayers: [] }, /neither in OCI's format nor in Docker's version 2/],
  ])('is %s', async (_, manifest, message) => {
    await using source = await startSource();
    source.add(OCI.manifest, manifest, '1.0');
    await refused(source, message);
  });

  it('has layers of another kind, too many of them, or too much in them', async () => {
    await using source = await startSource();
    const digest = `sha256:${'a'.repeat(64)}`;
    const config = { mediaType: OCI.config, digest, size: 2 };
    const layer = { mediaType: OCI.layer, digest, size: 1 };
    const add = (layers: object[]) => source.add(OCI.manifest, { schemaVersion: 2, config, layers }, '1.0');
    add([{ ...layer, mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip' }]);
    await refused(source, /not an image that a container can run: it has a layer of type application\/vnd\.cncf/);
    add(Array.from({ length: 20_000 }, () => layer));
    await refused(source, /has 20000 layers, and a node can take 127/);
    add(Array.from({ length: 200_000 }, () => layer));
    await refused(source, /^cannot copy .*: The answer of .* than 4/);
    add([{ ...layer, size: 5 * 1024 ** 3 }]);
    await refused(source, /is larger than 4096\.0 MB/);
    add([{ ...layer, size: -1 }]);
    await refused(source, /neither in OCI's format nor in Docker's/);
  });

  it('does not match its digests: nothing of it is kept, and a repeat continues after the layers that are kept', async () => {
    await using source = await startSource();
    await using target = await startRegistry();
    const layers = [Buffer.from('good'), Buffer.from('evil')];
    const { digest } = source.image('arm64', OCI, { layers, tag: '1.0' });
    const { add } = source;
    const evil = add(OCI.layer, Buffer.from('evil'));
    source.contents.set(evil.digest, { type: OCI.layer, bytes: Buffer.from('swap') });
    await expect(copy(source, target)).rejects.toThrow(
      /^the content of layer 2 of 2 of .* does not match its digest sha256:/,
    );
    expect([...target.blobs.values()].map(String)).toEqual(['good']);
    expect(target.manifests.size).toBe(0);
    source.contents.set(evil.digest, { type: OCI.layer, bytes: Buffer.from('evil') });
    source.requests.length = 0;
    expect((await copy(source, target)).imageDigest).toBe(digest);
    expect(source.requests.filter((request) => request.endsWith(add(OCI.layer, Buffer.from('good')).digest))).toEqual(
      [],
    );
    target.manifests.clear();
    source.contents.set(digest, { type: OCI.manifest, bytes: Buffer.from('{}') });
    await expect(copy(source, target, { reference: `${source.host}/team/app@${digest}` })).rejects.toThrow(
      /^the content of the manifest of .* does not match its digest/,
    );
  });

  it('never ends: the copy stops as soon as it exceeds the size in its manifest', async () => {
    let sent = 0;
    await using source = await startSource((request, response) => {
      if (!request.url?.endsWith(endless)) return false;
      const chunk = Buffer.alloc(64 * 1024);
      const more = (): void => {
        sent += chunk.length;
        if (!response.destroyed) response.write(chunk, more);
      };
      more();
      return true;
    });
    const { digest: endless } = source.add(OCI.layer, Buffer.alloc(1024 * 1024));
    source.image('arm64', OCI, { layers: [Buffer.alloc(1024 * 1024)], tag: '1.0' });
    await refused(source, /has more than the 1048576 bytes in its manifest$/);
    expect(sent).toBeLessThan(16 * 1024 * 1024);
  });

  it('is at a private address, by name or by redirect, and no request is sent there', async () => {
    await using inside = await startSource();
    await using source = await startSource((request, response) => {
      const realm = `Bearer realm="${request.url?.includes('token') ? 'https' : 'http'}://169.254.169.254/latest"`;
      if (request.url?.includes('/manifests/token')) response.writeHead(401, { 'www-authenticate': realm }).end();
      else if (request.url?.includes('/manifests/metadata')) {
        response.writeHead(307, { location: 'https://169.254.169.254/latest/meta-data' }).end();
      } else response.writeHead(302, { location: `https://${inside.host}/v2/team/app/manifests/1.0` }).end();
      return true;
    });
    const deployed = { privateSources: false, fetch: passingFor(source.host) };
    const message = /is at a private or reserved address, which Gantry does not call/;
    for (const tag of ['token', 'metadata', 'loopback']) {
      await refused(source, message, { ...deployed, reference: `${source.host}/team/app:${tag}` });
    }
    await refused(source, message, { privateSources: false, reference: `${inside.host}/team/app:1.0` });
    expect(inside.requests).toEqual([]);
  });
});
