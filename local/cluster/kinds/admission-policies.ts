import type { Cause } from '../api/errors.ts';
import { required } from '../api/errors.ts';
import type { AdmissionPolicy, AdmissionPolicyBinding } from '../policy-model.ts';
import { isMap } from '../values.ts';
import type { Kind } from './kind.ts';
import { SCHEMAS } from './schema.ts';
import { notEmulated } from './validation.ts';

const admission = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  strategic: true,
  namespaced: false,
  schema: SCHEMAS.plain,
} as const;

const RULE = ['apiGroups', 'apiVersions', 'operations', 'resources'];

function others(value: unknown, known: readonly string[], path: string): Cause[] {
  const keys = isMap(value) ? Object.keys(value) : [];
  return keys.filter((key) => !known.includes(key)).map((key) => notEmulated(`${path}.${key}`));
}

export const ADMISSION_POLICIES: Kind<AdmissionPolicy> = {
  ...admission,
  kind: 'ValidatingAdmissionPolicy',
  plural: 'validatingadmissionpolicies',
  validate({ spec }) {
    if (!isMap(spec)) return [required('spec')];
    const { matchConstraints, failurePolicy } = spec;
    return [
      ...others(spec, ['failurePolicy', 'matchConstraints', 'matchConditions', 'validations'], 'spec'),
      ...others(matchConstraints, ['resourceRules'], 'spec.matchConstraints'),
      ...(matchConstraints?.resourceRules ?? []).flatMap((rule) =>
        others(rule, RULE, 'spec.matchConstraints.resourceRules'),
      ),
      ...(spec.validations ?? []).flatMap((each) =>
        others(each, ['expression', 'message', 'reason'], 'spec.validations'),
      ),
      ...((failurePolicy ?? 'Fail') === 'Fail' ? [] : [notEmulated('spec.failurePolicy', String(failurePolicy))]),
    ];
  },
};

export const ADMISSION_POLICY_BINDINGS: Kind<AdmissionPolicyBinding> = {
  ...admission,
  kind: 'ValidatingAdmissionPolicyBinding',
  plural: 'validatingadmissionpolicybindings',
  validate({ spec }) {
    if (!isMap(spec) || !spec.policyName) return [required('spec.policyName')];
    const actions = spec.validationActions.filter((action) => action !== 'Deny');
    return [
      ...others(spec, ['policyName', 'validationActions'], 'spec'),
      ...actions.map((action) => notEmulated('spec.validationActions', action)),
    ];
  },
};
