import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import type { Answer } from './github-api.ts';
import type { World } from './github-world.ts';

interface Grant {
  readonly login: string;
  readonly redirectUrl: string;
  readonly challenge: string;
}

const Manifest = z.object({
  name: z.string(),
  url: z.string(),
  hook_attributes: z.object({ url: z.string(), active: z.boolean() }),
  redirect_url: z.string(),
  callback_urls: z.array(z.string()),
  default_permissions: z.record(z.string(), z.string()),
  default_events: z.array(z.string()),
});
export type Manifest = z.infer<typeof Manifest>;

/** GitHub's pages: authorisation of a person, and an App from its manifest. The user at the browser agrees to everything. */
export function githubPages(world: World, webUrl: string) {
  const grants = new Map<string, Grant>();
  const manifests = new Map<string, Manifest>();
  return {
    manifests,
    async answer(request: IncomingMessage, url: URL): Promise<Answer | undefined> {
      const route = `${request.method} ${url.pathname}`;
      if (route === 'GET /login/oauth/authorize') return authorize(url.searchParams);
      if (route === 'POST /login/oauth/access_token') return token(new URLSearchParams(await text(request)));
      if (/^POST \/(?:organizations\/[^/]+\/)?settings\/apps\/new$/.test(route)) {
        return create(new URLSearchParams(await text(request)), url.searchParams.get('state') ?? '');
      }
      const [, code] = /^POST \/api\/v3\/app-manifests\/([^/]+)\/conversions$/.exec(route) ?? [];
      return code === undefined ? undefined : convert(code);
    },
  };

  function authorize(query: URLSearchParams): Answer {
    const redirectUrl = query.get('redirect_uri') ?? '';
    const known = query.get('client_id') === world.app.clientId && world.app.redirectUrls.includes(redirectUrl);
    if (!known || query.get('code_challenge_method') !== 'S256') return { status: 404, body: 'Not Found' };
    const code = randomBytes(10).toString('hex');
    grants.set(code, { login: world.login, redirectUrl, challenge: query.get('code_challenge') ?? '' });
    return {
      status: 302,
      headers: { location: `${redirectUrl}?${new URLSearchParams({ code, state: query.get('state') ?? '' })}` },
    };
  }

  function token(form: URLSearchParams): Answer {
    const { clientId, clientSecret } = world.app;
    if (form.get('client_id') !== clientId || form.get('client_secret') !== clientSecret) {
      return {
        status: 200,
        body: {
          error: 'incorrect_client_credentials',
          error_description: 'The client_id and/or client_secret passed are incorrect.',
        },
      };
    }
    const code = form.get('code') ?? '';
    const grant = grants.get(code);
    grants.delete(code);
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (grant?.challenge !== challenge || grant.redirectUrl !== form.get('redirect_uri')) {
      return {
        status: 200,
        body: { error: 'bad_verification_code', error_description: 'The code passed is incorrect or expired.' },
      };
    }
    const { login } = grant;
    return {
      status: 200,
      body: { access_token: world.newToken('ghu_', { kind: 'person', login }), token_type: 'bearer', scope: '' },
    };
  }

  function create(form: URLSearchParams, state: string): Answer {
    const manifest = Manifest.parse(JSON.parse(form.get('manifest') ?? ''));
    const code = randomBytes(10).toString('hex');
    manifests.set(code, manifest);
    return { status: 302, headers: { location: `${manifest.redirect_url}?${new URLSearchParams({ code, state })}` } };
  }

  /** A code works once. https://docs.github.com/rest/apps/apps#create-a-github-app-from-a-manifest */
  function convert(code: string): Answer {
    const manifest = manifests.get(code);
    manifests.delete(code);
    if (manifest === undefined) return { status: 404, body: { message: 'Not Found' } };
    world.app = world.newApp(manifest.name, manifest.default_permissions, manifest.callback_urls);
    const { id, slug, name, clientId, clientSecret, webhookSecret, privateKey } = world.app;
    const answer = {
      id,
      slug,
      name,
      client_id: clientId,
      client_secret: clientSecret,
      webhook_secret: webhookSecret,
      pem: privateKey,
      html_url: `${webUrl}/apps/${slug}`,
    };
    return { status: 201, body: answer };
  }
}
