import { randomBytes } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GitHubApp } from '@gantry/contract/github.ts';
import { joinedUrl, redirectUrls } from '@gantry/contract/redirect-urls.ts';
import * as z from 'zod';

/** How long the operator may take in the browser. */
const WAIT_MS = 10 * 60_000;
const CONVERT_MS = 15_000;

export interface Registration {
  /** The App's name: unique on GitHub, at most 34 characters. */
  readonly name: string;
  /** The platform's API. GitHub sends its events there. */
  readonly platformUrl: string;
  /** `https://github.com`, or the address of a GitHub Enterprise Server. */
  readonly webUrl: string;
  /** The organisation that will own the App; undefined for the operator's own account. */
  readonly organization: string | undefined;
}

/**
 * Registers an App from a manifest. `opened` receives the address of a page to open in a browser. The page sends the
 * manifest to GitHub, GitHub returns a code to this machine, and the code yields the App's settings. Throws after ten
 * minutes. https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
 */
export async function registerApp(registration: Registration, opened: (page: string) => void): Promise<GitHubApp> {
  const state = randomBytes(24).toString('base64url');
  const returned = Promise.withResolvers<string>();
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo;
    // A request whose path is not valid, such as `//`, gets the answer for a missing path.
    const url = URL.parse(request.url ?? '/', `http://127.0.0.1:${port}`) ?? new URL(`http://127.0.0.1:${port}/none`);
    // Another site's page, whose name resolves to this machine, must not learn the state.
    if (request.headers.host !== url.host) return page(response, 403, 'Open the address that the command printed.');
    if (url.pathname === '/') return page(response, 200, form(registration, `${url.origin}/registered`, state));
    if (url.pathname !== '/registered') return page(response, 404, 'There is nothing here.');
    const code = url.searchParams.get('code');
    if (code === null || url.searchParams.get('state') !== state) {
      return page(response, 400, 'This answer does not belong to the command that runs now. Start the command again.');
    }
    page(response, 200, 'GitHub has registered the App. Go back to the terminal.');
    return returned.resolve(code);
  });
  const timer = setTimeout(() => returned.reject(new Error('GitHub did not answer within ten minutes')), WAIT_MS);
  server.once('error', returned.reject);
  server.listen(0, '127.0.0.1', () => opened(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`));
  try {
    return await convert(registration.webUrl, await returned.promise);
  } finally {
    clearTimeout(timer);
    server.close().closeAllConnections();
  }
}

function page(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
  response.end(`<!doctype html><title>Gantry</title>${body}`);
}

function form({ name, platformUrl, webUrl, organization }: Registration, redirectUrl: string, state: string): string {
  const manifest = {
    name,
    url: platformUrl,
    hook_attributes: { url: `${platformUrl}/webhooks/github`, active: true },
    redirect_url: redirectUrl,
    callback_urls: [...redirectUrls, joinedUrl(platformUrl)],
    request_oauth_on_install: true,
    public: false,
    default_permissions: {
      contents: 'read',
      metadata: 'read',
      statuses: 'write',
      deployments: 'write',
      pull_requests: 'read',
    },
    default_events: ['push', 'repository'],
  };
  const owner = organization === undefined ? '' : `/organizations/${encodeURIComponent(organization)}`;
  const action = `${webUrl}${owner}/settings/apps/new?state=${state}`;
  return `<form method="post" action="${escapeHtml(action)}"><input type="hidden" name="manifest" value="${escapeHtml(JSON.stringify(manifest))}">
<p>GitHub will show the App ${escapeHtml(name)}, and make it once you agree.</p><button autofocus>Go to GitHub</button></form>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}

const Conversion = z.object({
  id: z.int(),
  slug: z.string(),
  name: z.string(),
  client_id: z.string(),
  client_secret: z.string(),
  webhook_secret: z.string(),
  pem: z.string(),
});

/**
 * Exchanges the code, which works once and for an hour, for the App's settings. No error message holds a part of the
 * answer.
 */
async function convert(webUrl: string, code: string): Promise<GitHubApp> {
  const apiUrl = webUrl === 'https://github.com' ? 'https://api.github.com' : `${webUrl}/api/v3`;
  const response = await fetch(`${apiUrl}/app-manifests/${encodeURIComponent(code)}/conversions`, {
    method: 'POST',
    headers: { accept: 'application/vnd.github+json' },
    signal: AbortSignal.timeout(CONVERT_MS),
  });
  if (!response.ok) throw new Error(`GitHub answered ${response.status} to its own code`);
  const answer = Conversion.safeParse(await response.json());
  if (!answer.success) throw new Error("GitHub's answer to its own code does not describe an App");
  const { id, slug, name, client_id, client_secret, webhook_secret, pem } = answer.data;
  return GitHubApp.parse({
    appId: id,
    slug,
    name,
    clientId: client_id,
    clientSecret: client_secret,
    webhookSecret: webhook_secret,
    privateKey: pem,
    apiUrl,
    webUrl,
  });
}
