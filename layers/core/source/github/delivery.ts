import { Branch, CommitId } from '@gantry/contract/schemas/source.ts';
import { TraceId } from '@gantry/contract/trace.ts';
import * as z from 'zod';

/** The most changed paths that a delivery carries on; a push that touches more counts as one that may touch anything. */
const MAX_PATHS = 2_000;
/** The id that GitHub writes for "no commit". */
const NONE = '0'.repeat(40);
const HEADS = 'refs/heads/';

const InstallationId = z.int().positive().transform(String);

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#push */
const PushPayload = z.object({
  ref: z.string().max(300),
  before: z.string(),
  after: z.string(),
  deleted: z.boolean(),
  forced: z.boolean(),
  repository: z.object({ full_name: z.string().max(200) }),
  installation: z.object({ id: InstallationId }),
  commits: z.array(
    z.object({ added: z.array(z.string()), removed: z.array(z.string()), modified: z.array(z.string()) }),
  ),
  head_commit: z.object({ message: z.string(), author: z.object({ name: z.string() }) }).nullable(),
});

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#installation */
const InstallationPayload = z.object({ action: z.string(), installation: z.object({ id: InstallationId }) });

const known = { deliveryId: z.string(), installationId: z.string(), traceId: TraceId.optional() };

/** What is carried on of a delivery whose signature was right. */
export const Delivery = z.discriminatedUnion('kind', [
  z.strictObject({
    ...known,
    kind: z.literal('push'),
    repository: z.string(),
    branch: Branch,
    before: z.string(),
    commit: z.strictObject({ id: CommitId, message: z.string(), author: z.string() }),
    skip: z.boolean(),
    /** What it touches; null where that is not known, or too much to carry. */
    paths: z.array(z.string()).nullable(),
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
  return event === 'push' ? readPush(deliveryId, PushPayload.parse(payload)) : undefined;
}

function readPush(deliveryId: string, push: z.output<typeof PushPayload>): Push | undefined {
  const { ref, after, deleted, head_commit: head } = push;
  if (deleted || after === NONE || head === null || !ref.startsWith(HEADS)) return undefined;
  // A branch that no service could name cannot be one that is followed.
  const branch = Branch.safeParse(ref.slice(HEADS.length));
  if (!branch.success) return undefined;
  const [message = ''] = head.message.split('\n', 1);
  return {
    kind: 'push',
    deliveryId,
    installationId: push.installation.id,
    repository: push.repository.full_name,
    branch: branch.data,
    before: push.before,
    commit: { id: after, message: message.slice(0, 200).toWellFormed(), author: head.author.name.slice(0, 100) },
    skip: /\[skip deploy\]/i.test(head.message),
    paths: touched(push),
  };
}

/** What was pushed over, or begins a branch, is not told commit by commit. */
function touched({ before, forced, commits }: z.output<typeof PushPayload>): string[] | null {
  if (before === NONE || forced || commits.length === 0) return null;
  const paths = [...new Set(commits.flatMap(({ added, removed, modified }) => [...added, ...removed, ...modified]))];
  return paths.length > MAX_PATHS || paths.join().length > 100_000 ? null : paths;
}
