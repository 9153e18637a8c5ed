import { Branch, CommitId } from '@gantry/contract/schemas/source.ts';
import { TraceId } from '@gantry/contract/trace.ts';
import * as z from 'zod';
import { authorOf, titleOf } from '../source/commit-text.ts';

/** The most changed paths that a delivery keeps; a push that touches more counts as touching everything. */
const MAX_PATHS = 2_000;
/** GitHub lists no more commits of a push than this; at this number others may be missing. */
const MAX_COMMITS = 2_048;
/** Marks that ask not to deploy, anywhere in the message of the head commit. */
const SKIP = /\[(?:skip (?:ci|deploy|gantry)|ci skip|no ci)\]/i;
/** The id that GitHub writes for "no commit". */
const NONE = '0'.repeat(40);
const HEADS = 'refs/heads/';

const InstallationId = z.int().positive().transform(String);

const Repository = z.object({ id: z.int().positive().transform(String), full_name: z.string().max(200) });

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#repository */
const RepositoryPayload = z.object({
  action: z.string(),
  repository: Repository,
  installation: z.object({ id: InstallationId }),
});

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#push */
const PushPayload = z.object({
  ref: z.string().max(300),
  before: z.string(),
  after: z.string(),
  deleted: z.boolean(),
  forced: z.boolean(),
  repository: Repository.extend({ pushed_at: z.union([z.number(), z.string().max(50)]).nullish() }),
  installation: z.object({ id: InstallationId }),
  commits: z.array(
    z.object({ added: z.array(z.string()), removed: z.array(z.string()), modified: z.array(z.string()) }),
  ),
  head_commit: z.object({ message: z.string(), author: z.object({ name: z.string() }) }).nullable(),
});

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#installation */
const InstallationPayload = z.object({ action: z.string(), installation: z.object({ id: InstallationId }) });

const known = { deliveryId: z.string(), installationId: z.string(), traceId: TraceId.optional() };

/** The parts of a verified delivery that the queue carries. */
export const Delivery = z.discriminatedUnion('kind', [
  z.strictObject({
    ...known,
    kind: z.literal('push'),
    repository: z.string(),
    repositoryId: z.string(),
    branch: Branch,
    before: z.string(),
    commit: z.strictObject({ id: CommitId, message: z.string(), author: z.string() }),
    /** The mark of the head commit that skips the deployment, such as `[skip ci]`; null without one. */
    skip: z.string().nullable(),
    /** When GitHub received the push. */
    pushedAt: z.string().optional(),
    /** The paths that the push touches; null when they are unknown or too many. */
    paths: z.array(z.string()).nullable(),
  }),
  z.strictObject({
    ...known,
    kind: z.literal('renamed'),
    repository: z.string(),
    repositoryId: z.string(),
  }),
  z.strictObject({
    ...known,
    kind: z.literal('installation'),
    change: z.enum(['deleted', 'suspended', 'unsuspended']),
  }),
]);
export type Delivery = z.infer<typeof Delivery>;
export type Push = Extract<Delivery, { kind: 'push' }>;

const changes = { deleted: 'deleted', suspend: 'suspended', unsuspend: 'unsuspended' } as const;

/** Reads an event from GitHub; undefined for one without consequences. Throws a ZodError for an event that differs from GitHub's documentation. */
export function readDelivery(event: string, deliveryId: string, payload: unknown): Delivery | undefined {
  if (event === 'installation') {
    const { action, installation } = InstallationPayload.parse(payload);
    if (!Object.hasOwn(changes, action)) return undefined;
    const change = changes[action as keyof typeof changes];
    return { kind: 'installation', deliveryId, installationId: installation.id, change };
  }
  if (event === 'repository') {
    const { action, repository, installation } = RepositoryPayload.parse(payload);
    if (action !== 'renamed' && action !== 'transferred') return undefined;
    const { id: repositoryId, full_name } = repository;
    return { kind: 'renamed', deliveryId, installationId: installation.id, repository: full_name, repositoryId };
  }
  return event === 'push' ? readPush(deliveryId, PushPayload.parse(payload)) : undefined;
}

/** GitHub sends seconds since 1970 in a push, and a text elsewhere. */
function pushedAt(given: number | string | null | undefined): { readonly pushedAt?: string } {
  const time = typeof given === 'number' ? given * 1000 : Date.parse(given ?? '');
  return Number.isSafeInteger(time) && Math.abs(time) < 8.64e15 ? { pushedAt: new Date(time).toISOString() } : {};
}

function readPush(deliveryId: string, push: z.output<typeof PushPayload>): Push | undefined {
  const { ref, after, deleted, head_commit: head } = push;
  if (deleted || after === NONE || head === null || !ref.startsWith(HEADS)) return undefined;
  // No service can follow a branch whose name it cannot have.
  const branch = Branch.safeParse(ref.slice(HEADS.length));
  if (!branch.success) return undefined;
  return {
    kind: 'push',
    deliveryId,
    installationId: push.installation.id,
    repository: push.repository.full_name,
    repositoryId: push.repository.id,
    branch: branch.data,
    before: push.before,
    commit: { id: after, message: titleOf(head.message), author: authorOf(head.author.name) },
    skip: SKIP.exec(head.message)?.[0].toLowerCase() ?? null,
    ...pushedAt(push.repository.pushed_at),
    paths: touched(push),
  };
}

/**
 * GitHub does not list the commits of a forced push or a new branch. A commit without changes, or a list that GitHub cut, leaves the paths unknown.
 */
function touched({ before, forced, commits }: z.output<typeof PushPayload>): string[] | null {
  if (before === NONE || forced || commits.length === 0 || commits.length >= MAX_COMMITS) return null;
  const paths = [...new Set(commits.flatMap(({ added, removed, modified }) => [...added, ...removed, ...modified]))];
  return paths.length === 0 || paths.length > MAX_PATHS || paths.join().length > 100_000 ? null : paths;
}
