import { setTimeout as sleep } from 'node:timers/promises';
import { describeError, logLine } from './log.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html */
export interface CustomResourceEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: Readonly<Record<string, unknown>>;
}

interface Context {
  getRemainingTimeInMillis(): number;
}

/** The attributes for `Fn::GetAtt`. */
type Attributes = Readonly<Record<string, string>>;

export interface CustomResource {
  /** The resource's physical id. It never changes, so that an update replaces nothing. */
  readonly id: string;
  /** Creates or updates the resource by its properties, before `deadline` (milliseconds since 1970). Answers its attributes. */
  apply(properties: Readonly<Record<string, unknown>>, deadline: number): Promise<Attributes>;
  /** Deletes the resource before `deadline`; harmless when it is gone. */
  remove(properties: Readonly<Record<string, unknown>>, deadline: number): Promise<void>;
}

/** Reserved time of the function, so that CloudFormation hears of a failure instead of waiting an hour. */
const ANSWER_MS = 25_000;
const ATTEMPTS = 4;
/** CloudFormation accepts answers of at most 4096 bytes. */
const MAX_REASON = 1_000;

/** The handler of a CloudFormation custom resource. It always answers CloudFormation: SUCCESS, or FAILED with the reason. */
export function customResource(resource: CustomResource) {
  return async (event: CustomResourceEvent, context: Context): Promise<void> => {
    const deadline = Date.now() + context.getRemainingTimeInMillis() - ANSWER_MS;
    const { failure, attributes } = await fulfil(resource, event, deadline);
    const { RequestType: requestType } = event;
    if (failure === undefined) logLine('info', 'custom resource applied', { requestType });
    else logLine('error', 'custom resource failed', { requestType, error: describeError(failure) });
    await answer(event.ResponseURL, {
      Status: failure === undefined ? 'SUCCESS' : 'FAILED',
      ...(failure !== undefined && { Reason: failure.message.slice(0, MAX_REASON) }),
      ...(attributes && { Data: attributes }),
      PhysicalResourceId: resource.id,
      StackId: event.StackId,
      RequestId: event.RequestId,
      LogicalResourceId: event.LogicalResourceId,
    });
  };
}

async function fulfil(
  resource: CustomResource,
  { RequestType, ResourceProperties }: CustomResourceEvent,
  deadline: number,
): Promise<{ readonly failure?: Error; readonly attributes?: Attributes }> {
  const work = RequestType === 'Delete' ? resource.remove : resource.apply;
  const timeout = new AbortController();
  const late = sleep(Math.max(0, deadline - Date.now()), undefined, { signal: timeout.signal }).then(() => {
    throw new Error(`${RequestType} did not end in the time that the function has.`);
  });
  late.catch(() => undefined);
  try {
    const attributes = await Promise.race([work(ResourceProperties, deadline), late]);
    return attributes === undefined ? {} : { attributes };
  } catch (error) {
    return { failure: error instanceof Error ? error : new Error(String(error)) };
  } finally {
    timeout.abort();
  }
}

/** Puts the answer at the presigned address, whose signature has no content type. */
async function answer(url: string, body: object): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await fetch(url, {
        method: 'PUT',
        headers: { 'content-type': '' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(4_000),
      });
      if (response.ok) return;
      throw new Error(`CloudFormation's answer address refused with ${response.status}`);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await sleep(500 * 2 ** attempt);
    }
  }
}
