import { Branch, CommitId } from '@gantry/contract/schemas/source.ts';
import { TraceId } from '@gantry/contract/trace.ts';
import * as z from 'zod';
import { authorOf, titleOf } from '../source/commit-text.ts';

/** The most changed paths that a delivery carries on; a push that touches more counts as one that may touch anything. */
const MAX_PATHS = 2_000;
/** A push names no more commits than this; with as many, others may have been left out. */
const MAX_COMMITS = 2_048;
/** Marks in the message of the head commit that ask not to deploy. They may stand anywhere in it. */
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
    /** The word of the head commit by which nothing is deployed, such as `[skip ci]`; null where it has none. */
    skip: z.string().nullable(),
    /** When GitHub took the push. */
    pushedAt: z.string().optional(),
    /** The paths that the push touches; null where they are unknown, or too many to carry. */
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

/** Reads an event of GitHub; undefined where it calls for nothing. Throws a ZodError where it is not as GitHub documents it. */
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

/** In a push GitHub gives seconds since 1970, elsewhere a text. */
function pushedAt(given: number | string | null | undefined): { readonly pushedAt?: string } {
  const time = typeof given === 'number' ? given * 1000 : Date.parse(given ?? '');
  return Number.isSafeInteger(time) && Math.abs(time) < 8.64e15 ? { pushedAt: new Date(time).toISOString() } : {};
}

function readPush(deliveryId: string, push: z.output<typeof PushPayload>): Push | undefined {
  const { ref, after, deleted, head_commit: head } = push;
  if (deleted || after === NONE || head === null || !ref.startsWith(HEADS)) return undefined;
  // A branch that no service could name cannot be one that is followed.
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

/** What was pushed over, or begins a branch, is not told commit by commit; of a commit without a change, and of what GitHub cut off, nothing is known. */
function touched({ before, forced, commits }: z.output<typeof PushPayload>): string[] | null {
  if (before === NONE || forced || commits.length === 0 || commits.length >= MAX_COMMITS) return null;
  const paths = [...new Set(commits.flatMap(({ added, removed, modified }) => [...added, ...removed, ...modified]))];
  return paths.length === 0 || paths.length > MAX_PATHS || paths.join().length > 100_000 ? null : paths;
}
