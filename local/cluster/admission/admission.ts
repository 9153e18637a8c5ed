import type { Kind } from '../kinds/kind.ts';
import { PODS } from '../kinds/pods.ts';
import type { KubeObject, Pod } from '../model.ts';
import type { Objects } from '../registry/objects.ts';
import { applyLimitRanges } from './limit-range.ts';
import { requireRestricted } from './pod-security.ts';
import { requireQuota } from './quota.ts';
import { injectReadinessGate } from './readiness-gate.ts';

/** Applies a namespace's own rules to a new object; a refusal is a 403. */
export interface Admission {
  /** Sets the namespace's defaults, in place. */
  complete(kind: Kind, object: KubeObject): void;
  /** Throws when the namespace forbids the object, which is valid by then. */
  check(kind: Kind, object: KubeObject): void;
}

/** LimitRanges, the load balancer's readiness gate, Pod Security and, last, quotas: in the API server's own order. */
export function createAdmission(objects: Objects): Admission {
  return {
    complete(kind, object) {
      if (!isPod(kind, object)) return;
      applyLimitRanges(objects, object);
      injectReadinessGate(objects, object);
    },
    check(kind, object) {
      if (isPod(kind, object)) requireRestricted(objects, object);
      requireQuota(objects, kind, object);
    },
  };
}

function isPod(kind: Kind, object: KubeObject): object is Pod {
  return kind.plural === PODS.plural && kind.group === PODS.group && Array.isArray((object as Pod).spec?.containers);
}
