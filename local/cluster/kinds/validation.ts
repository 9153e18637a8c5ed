import type { Cause } from '../api/errors.ts';
import { invalidValue, required } from '../api/errors.ts';
import type { Container, KubeObject, LabelSelector, PodSpec } from '../model.ts';
import { isMap, sameValue } from '../values.ts';
import type { Kind } from './kind.ts';

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
const PATH_SEGMENT = /^[^/%]+$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;
const QUALIFIED = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** Names by RFC 1123, labels by Kubernetes' own syntax. */
export function validateMetadata(kind: Kind, object: KubeObject): Cause[] {
  const { name, labels, annotations } = object.metadata;
  const causes: Cause[] = [];
  if (name === '') causes.push(required('metadata.name', 'name or generateName is required'));
  else if (kind.naming === 'label' && (name.length > 63 || !LABEL.test(name))) {
    causes.push(
      invalidValue(
        'metadata.name',
        name,
        'a lowercase RFC 1123 label must consist of lower case alphanumeric characters or "-"',
      ),
    );
  } else if (kind.naming === 'path' ? !PATH_SEGMENT.test(name) : name.length > 253 || !isSubdomain(name)) {
    causes.push(
      invalidValue(
        'metadata.name',
        name,
        'a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, "-" or "."',
      ),
    );
  }
  for (const [field, map] of Object.entries({ labels, annotations })) {
    for (const [key, value] of Object.entries(map ?? {})) {
      if (!QUALIFIED.test(key))
        causes.push(invalidValue(`metadata.${field}`, key, 'name part must be a qualified name'));
      if (typeof value !== 'string') causes.push(invalidValue(`metadata.${field}`, value, 'must be a string'));
      else if (field === 'labels') causes.push(...validateLabel(`metadata.${field}`, value));
    }
  }
  return causes;
}

function isSubdomain(name: string): boolean {
  return SUBDOMAIN.test(name) && name.split('.').every((part) => LABEL.test(part));
}

function validateLabel(field: string, value: string): Cause[] {
  if (value.length <= 63 && LABEL_VALUE.test(value)) return [];
  return [invalidValue(field, value, 'a valid label must be at most 63 alphanumeric characters, "-", "_" or "."')];
}

/** The rules of a pod that matter to whoever runs it: containers, their names, images, ports and variables. */
export function validatePodSpec(spec: PodSpec | undefined, path: string): Cause[] {
  const containers = spec?.containers;
  if (!Array.isArray(containers) || containers.length === 0) return [required(`${path}.containers`)];
  const causes = containers.flatMap((each, index) => validateContainer(each, `${path}.containers[${index}]`));
  const names = containers.map((each) => each.name);
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) === index) continue;
    const field = `${path}.containers[${index}].name`;
    causes.push({ reason: 'FieldValueDuplicate', message: `Duplicate value: ${JSON.stringify(name)}`, field });
  }
  if (!['Always', 'OnFailure', 'Never', undefined].includes(spec?.restartPolicy)) {
    causes.push(invalidValue(`${path}.restartPolicy`, spec?.restartPolicy, 'must be Always, OnFailure or Never'));
  }
  return causes;
}

function validateContainer(container: Container, path: string): Cause[] {
  const causes: Cause[] = [];
  if (!container.name) causes.push(required(`${path}.name`));
  else if (!LABEL.test(container.name)) {
    causes.push(invalidValue(`${path}.name`, container.name, 'must be a lowercase RFC 1123 label'));
  }
  if (!container.image) causes.push(required(`${path}.image`));
  for (const [index, port] of (container.ports ?? []).entries()) {
    if (isPort(port.containerPort)) continue;
    const why = 'must be between 1 and 65535, inclusive';
    causes.push(invalidValue(`${path}.ports[${index}].containerPort`, port.containerPort, why));
  }
  for (const [index, variable] of (container.env ?? []).entries()) {
    const at = `${path}.env[${index}]`;
    if (!variable.name) causes.push(required(`${at}.name`));
    if (variable.value !== undefined && typeof variable.value !== 'string') {
      causes.push(invalidValue(`${at}.value`, variable.value, 'must be a string'));
    }
    if (variable.value && variable.valueFrom) {
      causes.push(invalidValue(`${at}.valueFrom`, '', 'may not be specified when `value` is not empty'));
    }
  }
  return causes;
}

/** A whole number from 0. */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

/** Refuses by name what a real cluster would do and this one does not. */
export function notEmulated(field: string, value = ''): Cause {
  const what = value === '' ? 'is' : `${value} is`;
  return { reason: 'FieldValueForbidden', message: `Forbidden: ${what} not emulated by the local cluster`, field };
}

export function isPort(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536;
}

interface Workload extends KubeObject {
  spec: {
    replicas?: number;
    selector: LabelSelector;
    template: { metadata?: { labels?: Record<string, string> }; spec: PodSpec };
  };
}

/** Deployment and ReplicaSet: a selector that is there, never changes, and selects the template's own pods. */
export function validateWorkload(object: Workload, previous: Workload | undefined): Cause[] {
  const spec = object.spec;
  if (!isMap(spec)) return [required('spec')];
  const causes = validatePodSpec(spec.template?.spec, 'spec.template.spec');
  const selector = spec.selector;
  if (!isMap(selector) || Object.keys(selector).length === 0) causes.push(required('spec.selector'));
  else if (previous !== undefined && !sameValue(selector, previous.spec.selector)) {
    causes.push(invalidValue('spec.selector', selector, 'field is immutable'));
  } else {
    const labels = spec.template?.metadata?.labels ?? {};
    const missed = Object.entries(selector.matchLabels ?? {}).some(([key, value]) => labels[key] !== value);
    if (missed) {
      causes.push(invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
    }
  }
  const { replicas } = spec;
  if (typeof replicas !== 'number' || replicas < 0) {
    causes.push(invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0'));
  }
  return causes;
}

/** One cause where `field` was changed after creation. */
export function immutable(field: string, now: unknown, before: unknown): Cause[] {
  return sameValue(now, before) ? [] : [invalidValue(field, now, 'field is immutable')];
}
