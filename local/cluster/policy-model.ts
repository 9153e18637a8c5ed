import type { Fields, KubeObject } from './model.ts';

/** Amounts by the resource's name. */
export type ResourceList = Record<string, string>;

export interface ResourceQuota extends KubeObject {
  spec: { hard?: ResourceList } & Fields;
  status?: { hard?: ResourceList; used?: ResourceList };
}

export interface LimitRangeItem extends Fields {
  type: string;
  min?: ResourceList;
  max?: ResourceList;
  default?: ResourceList;
  defaultRequest?: ResourceList;
}

export interface LimitRange extends KubeObject {
  spec: { limits: LimitRangeItem[] };
}

/** The writes that a policy examines. */
export interface AdmissionRule {
  apiGroups: string[];
  apiVersions: string[];
  operations: string[];
  resources: string[];
}

export interface AdmissionPolicy extends KubeObject {
  spec: Fields & {
    matchConstraints?: { resourceRules?: AdmissionRule[] };
    matchConditions?: { name: string; expression: string }[];
    validations?: { expression: string; message?: string; reason?: string }[];
  };
}

export interface AdmissionPolicyBinding extends KubeObject {
  spec: Fields & { policyName: string; validationActions: string[] };
}
