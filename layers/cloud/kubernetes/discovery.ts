import { ApiException } from '@kubernetes/client-node/dist/gen/apis/exception.js';
import { HttpMethod, RequestContext } from '@kubernetes/client-node/dist/gen/http/http.js';
import * as z from 'zod';
import { connection } from './client.ts';
import { translated } from './errors.ts';

const CALL_MS = 10_000;

const Version = z.object({ groupVersion: z.string() });
const Groups = z.object({
  groups: z.array(z.object({ name: z.string(), versions: z.array(Version), preferredVersion: Version.optional() })),
});
const Resources = z.object({ resources: z.array(z.object({ kind: z.string() })) });

/**
 * The API version, `<group>/<version>`, under which the cluster serves a kind; undefined without one. Only groups that match a pattern are read, in
 * the order of the patterns, and of a group the preferred version first. https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
 */
export async function servedAs(kind: string, patterns: readonly RegExp[]): Promise<string | undefined> {
  const { groups } = Groups.parse(await read('/apis'));
  const candidates = patterns.flatMap((pattern) => groups.filter(({ name }) => pattern.test(name)));
  for (const { versions, preferredVersion } of candidates) {
    const ordered = new Set(
      [...(preferredVersion ? [preferredVersion] : []), ...versions].map((each) => each.groupVersion),
    );
    for (const version of ordered) {
      const { resources } = Resources.parse(await read(`/apis/${version}`));
      if (resources.some((each) => each.kind === kind)) return version;
    }
  }
  return undefined;
}

async function read(path: string): Promise<unknown> {
  const { config } = await connection();
  const context = new RequestContext(`${config.getCurrentCluster()?.server}${path}`, HttpMethod.GET);
  await config.applySecurityAuthentication(context);
  return translated(`list of APIs at ${path}`, async () => {
    const signal = AbortSignal.timeout(CALL_MS);
    const response = await fetch(context.getUrl(), { headers: context.getHeaders(), signal });
    if (!response.ok) throw new ApiException(response.status, 'discovery failed', await response.text(), {});
    return response.json();
  });
}
