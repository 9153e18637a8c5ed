import type { Kernel } from '../../kernel/kernel.ts';
import { ACCOUNT, REGION } from '../../kernel/kernel.ts';
import type { FunctionInvoker } from '../../kernel/ports.ts';
import type { Api, Integration } from './api.ts';

/** How an integration ended: with the function's payload, or with the gateway's status. */
export type Integrated =
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly status: 500 | 503 };

/**
 * Invokes a route's function as `apigateway.amazonaws.com`. A function that fails, lacks the permission or is throttled is a 500; one that takes too
 * long is a 503. `route` is the part after the stage in the permission's ARN, e.g. `GET/v1/projects/{id}` or `$connect`. Source:
 * https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html
 */
export async function integrate(
  kernel: Kernel,
  lambda: FunctionInvoker,
  api: Api,
  integration: Integration,
  route: string,
  event: unknown,
): Promise<Integrated> {
  const sourceArn = `arn:aws:execute-api:${REGION}:${ACCOUNT}:${api.id}/${api.stage?.name ?? ''}/${route}`;
  const principal = { kind: 'service', name: 'apigateway.amazonaws.com', sourceArn } as const;
  const { promise: late, resolve } = Promise.withResolvers<'late'>();
  const limit = setTimeout(() => resolve('late'), integration.timeoutMs);
  try {
    const answer = await Promise.race([lambda.invoke(integration.functionArn, event, principal), late]);
    if (answer === 'late') return { ok: false, status: 503 };
    if (answer.ok) return { ok: true, payload: answer.payload };
    kernel.note(`${route}: ${answer.errorType}: ${answer.errorMessage}`);
    return { ok: false, status: 500 };
  } catch (error) {
    kernel.note(`${route}: ${error instanceof Error ? `${error.name}: ${error.message}` : error}`);
    return { ok: false, status: 500 };
  } finally {
    clearTimeout(limit);
  }
}
