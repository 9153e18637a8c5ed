import { createHash } from 'node:crypto';
import { ACCOUNT, REGION } from '../../kernel/kernel.ts';
import { TARGET_GROUP_BINDINGS } from '../kinds/computed.ts';
import { SERVICES } from '../kinds/core.ts';
import { apiVersionOf } from '../kinds/kind.ts';
import { HTTP_ROUTES } from '../kinds/network.ts';
import type { KubeObject } from '../model.ts';
import type { Objects } from '../registry/objects.ts';

/** The most characters of a target group's name. */
const LONGEST_NAME = 32;

/** The target group of a Service, as metrics name it: the last part of its ARN. */
export function targetGroupOf(namespace: string | undefined, service: string): string {
  const id = createHash('sha256').update(`${namespace}/${service}`).digest('hex').slice(0, 16);
  return `targetgroup/${service.slice(0, LONGEST_NAME)}/${id}`;
}

/** A binding for each Service that a route names. */
export function targetGroupBindings(objects: Objects): KubeObject[] {
  return objects.list(HTTP_ROUTES).flatMap(({ metadata: { namespace }, spec }) => {
    const named = (spec.rules ?? []).flatMap(({ backendRefs = [] }) => backendRefs.map(({ name }) => name));
    return [...new Set(named)].flatMap((name) => {
      const service = objects.get(SERVICES, namespace, name);
      if (service === undefined) return [];
      const { uid, creationTimestamp, resourceVersion } = service.metadata;
      return {
        apiVersion: apiVersionOf(TARGET_GROUP_BINDINGS),
        kind: TARGET_GROUP_BINDINGS.kind,
        metadata: { name, ...(namespace !== undefined && { namespace }), uid, creationTimestamp, resourceVersion },
        spec: {
          serviceRef: { name, port: service.spec.ports?.[0]?.port },
          targetGroupARN: `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:${targetGroupOf(namespace, name)}`,
          targetType: 'ip',
        },
      };
    });
  });
}
