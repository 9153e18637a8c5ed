import type { KubernetesObject } from '@gantry/cloud/kubernetes/types.ts';

const NAME = 'gantry-environments';
const apiVersion = 'admissionregistration.k8s.io/v1';

/** A step may write objects in an environment's namespace, or the namespace itself. */
const IN_ENVIRONMENT = `(request.resource.group == '' && request.resource.resource == 'namespaces' ? request.name : request.namespace).startsWith('env-')`;

/**
 * Limits Gantry's functions to the namespaces of environments. Their roles hold in every namespace, because environments come and go, and a role
 * cannot select namespaces by a prefix. https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
export function admissionPolicyObjects(): KubernetesObject[] {
  const everything = {
    apiGroups: ['*'],
    apiVersions: ['*'],
    operations: ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'],
    resources: ['*/*'],
  };
  const policy = {
    apiVersion,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: NAME },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: { resourceRules: [everything] },
      matchConditions: [
        { name: 'by-a-function', expression: "request.userInfo.groups.exists(group, group.startsWith('gantry:'))" },
      ],
      validations: [
        {
          expression: IN_ENVIRONMENT,
          message: "Gantry's functions write only to namespaces of environments",
          reason: 'Forbidden',
        },
      ],
    },
  };
  const binding = {
    apiVersion,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: NAME },
    spec: { policyName: NAME, validationActions: ['Deny'] },
  };
  return [policy, binding];
}
