import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { GantryError } from '@gantry/contract/errors.ts';
import { limitBytes } from '@gantry/outbound/body.ts';
import { type OutboundResponse, outboundFetch } from '@gantry/outbound/fetch.ts';
import { decodeLines, encodeLines, type Line, notGit, reported, textOf } from './pktline.ts';

/** A repository behind git's smart HTTP protocol, version 2. */
export interface GitRemote {
  /** Without user and password: `https://git.example.com/acme/shop.git`. */
  readonly url: string;
  readonly credential?: { readonly user: string; readonly token: string };
  /** Whether private addresses are allowed: only on a platform of one machine. */
  readonly privateAddresses: boolean;
}

/** Limits of requests with short answers, in milliseconds and bytes. */
const SHORT_MS = 15_000;
const SHORT_BYTES = 4 * 1024 * 1024;

const VERSION_2 = { 'git-protocol': 'version=2' };

/** A server after its first answer: its capabilities, and its address after redirects. */
interface Session {
  readonly remote: GitRemote;
  readonly host: string;
  readonly uploadPack: URL;
  readonly capabilities: ReadonlyMap<string, string>;
}

/**
 * The commit at the head of a branch. Throws NotFound for an unknown repository or branch, Invalid when the server wants a credential or is no git
 * server, and Unavailable without an answer in time.
 */
export async function branchHead(remote: GitRemote, branch: string): Promise<string> {
  const session = await open(remote);
  const ref = `refs/heads/${branch}`;
  const response = await ask(session, ['command=ls-refs', 'agent=gantry', null, `ref-prefix ${ref}`], SHORT_MS);
  for await (const line of decodeLines(
    limitBytes(response.body, SHORT_BYTES, `The list of branches of ${session.host}`),
    session.host,
  )) {
    if (line.kind !== 'data') break;
    const [commit = '', name] = textOf(line.data, session.host).split(' ');
    if (name === ref && isCommit(commit)) return commit;
  }
  throw new GantryError(
    'NotFound',
    `The repository at ${session.host} has no branch ${branch}. Check the service's source.`,
  );
}

export interface FetchLimits {
  readonly packBytes: number;
  /** Servers that support filters leave out files from this size on; a missing file is then too large. */
  readonly omitBytes: number;
  readonly timeoutMs: number;
}

/** Writes a pack with the tree of one commit, without its history, to a file; answers whether large files may be missing in it. */
export async function fetchPack(remote: GitRemote, commit: string, file: string, limits: FetchLimits) {
  const session = await open(remote);
  const features = session.capabilities.get('fetch')?.split(' ') ?? [];
  const filtered = features.includes('filter');
  const response = await ask(
    session,
    [
      'command=fetch',
      'agent=gantry',
      null,
      'no-progress',
      'ofs-delta',
      `want ${commit}`,
      ...(features.includes('shallow') ? ['deepen 1'] : []),
      ...(filtered ? [`filter blob:limit=${limits.omitBytes}`] : []),
      'done',
    ],
    limits.timeoutMs,
  );
  const bounded = limitBytes(response.body, limits.packBytes, `The repository at ${session.host}, packed,`);
  await pipeline(packIn(decodeLines(bounded, session.host), session.host), createWriteStream(file));
  return { filtered };
}

/** The bytes of the pack in an answer to `fetch`. https://git-scm.com/docs/protocol-v2#_fetch */
async function* packIn(lines: AsyncGenerator<Line>, server: string): AsyncGenerator<Buffer> {
  let inPack = false;
  for await (const line of lines) {
    if (line.kind !== 'data') {
      if (inPack) return;
    } else if (!inPack) inPack = textOf(line.data, server) === 'packfile';
    else if (line.data[0] === 1) yield line.data.subarray(1);
    else if (line.data[0] === 3) throw reported(line.data.toString('utf8', 1), server);
  }
  throw new GantryError('Unavailable', `${server} ended its answer too early. Try again.`);
}

async function open(remote: GitRemote): Promise<Session> {
  const base = remote.url.replace(/\/+$/, '');
  const response = await outboundFetch(
    `${base}/info/refs?service=git-upload-pack`,
    { headers: { ...VERSION_2, ...authorization(remote) } },
    { privateAddresses: remote.privateAddresses, timeoutMs: SHORT_MS },
  );
  const { host } = response.url;
  accept(response, 'application/x-git-upload-pack-advertisement', remote);
  const capabilities = new Map<string, string>();
  for await (const line of decodeLines(limitBytes(response.body, SHORT_BYTES, `The answer of ${host}`), host)) {
    if (line.kind !== 'data') {
      if (capabilities.size > 0) break;
      continue;
    }
    const text = textOf(line.data, host);
    if (text.startsWith('# service=')) continue;
    if (capabilities.size === 0 && text !== 'version 2') {
      throw new GantryError('Invalid', `${host} speaks only the git protocol of before 2018: version 2 is needed.`);
    }
    const [name = '', value = ''] = text.split(/=(.*)/s);
    capabilities.set(name, value);
  }
  if (capabilities.size === 0) throw notGit(host);
  if ((capabilities.get('object-format') ?? 'sha1') !== 'sha1') {
    throw new GantryError('Invalid', `The repository at ${host} names its objects by SHA-256, which is not supported.`);
  }
  // The first answer's address is the repository's. https://git-scm.com/docs/git-config#Documentation/git-config.txt-httpfollowRedirects
  const uploadPack = new URL(response.url);
  uploadPack.pathname = uploadPack.pathname.replace(/info\/refs$/, 'git-upload-pack');
  uploadPack.search = '';
  return { remote, host, capabilities, uploadPack };
}

async function ask(
  { remote, uploadPack }: Session,
  lines: readonly (string | null)[],
  timeoutMs: number,
): Promise<OutboundResponse> {
  const sameOrigin = uploadPack.origin === new URL(remote.url).origin;
  const response = await outboundFetch(
    uploadPack,
    {
      method: 'POST',
      headers: {
        ...VERSION_2,
        ...(sameOrigin && authorization(remote)),
        'content-type': 'application/x-git-upload-pack-request',
        accept: 'application/x-git-upload-pack-result',
      },
      body: encodeLines(lines),
    },
    { privateAddresses: remote.privateAddresses, timeoutMs },
  );
  accept(response, 'application/x-git-upload-pack-result', remote);
  return response;
}

function authorization({ credential }: GitRemote): { authorization?: string } {
  if (credential === undefined) return {};
  const pair = Buffer.from(`${credential.user}:${credential.token}`).toString('base64');
  return { authorization: `Basic ${pair}` };
}

function accept({ status, headers, body, url }: OutboundResponse, type: string, { credential }: GitRemote): void {
  if (status === 200 && headers['content-type'] === type) return;
  body.destroy();
  if (status === 401 || status === 403) {
    throw new GantryError(
      'Invalid',
      credential === undefined
        ? `${url.host} asks for a credential. Give the service's source a user and a token that may read the repository.`
        : `${url.host} refused the credential of the service's source. Give it one that may read the repository.`,
    );
  }
  if (status === 404 || status === 410) {
    throw new GantryError(
      'NotFound',
      `${url.host} has no such repository, or the repository is not public. Check the address and the credential.`,
    );
  }
  if (status === 429 || status >= 500)
    throw new GantryError('Unavailable', `${url.host} answers with ${status}. Try again.`);
  throw notGit(url.host);
}

function isCommit(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}
