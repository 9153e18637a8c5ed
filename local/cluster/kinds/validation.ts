import type { Cause } from '../api/errors.ts';
import { invalidValue, notSupported, required } from '../api/errors.ts';
import type { Container, KubeObject, LabelSelector, PodSpec } from '../model.ts';
import { isMap, sameValue } from '../values.ts';
import type { Kind } from './kind.ts';

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
const PATH_SEGMENT = /^[^/%]+$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;
const QUALIFIED = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

// The texts of k8s.io/apimachinery, which people search for.
const ENDS = 'and must start and end with an alphanumeric character';
const LABEL_TEXT = `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', ${ENDS} (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`;
const SUBDOMAIN_TEXT = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', ${ENDS} (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`;
const QUALIFIED_TEXT = `name part must consist of alphanumeric characters, '-', '_' or '.', ${ENDS} (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`;
const VALUE_TEXT = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', ${ENDS} (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`;

/** Names by RFC 1123, labels by Kubernetes' own syntax. */
export function validateMetadata(kind: Kind, object: KubeObject): Cause[] {
  const { name, labels, annotations } = object.metadata;
  const causes: Cause[] = [];
  if (name === '') causes.push(required('metadata.name', 'name or generateName is required'));
  else if (kind.naming === 'label' && (name.length > 63 || !LABEL.test(name))) {
    causes.push(invalidValue('metadata.name', name, name.includes('.') ? 'must not contain dots' : LABEL_TEXT));
  } else if (kind.naming === 'path' ? !PATH_SEGMENT.test(name) : name.length > 253 || !isSubdomain(name)) {
    causes.push(
      invalidValue('metadata.name', name, name.length > 253 ? 'must be no more than 253 characters' : SUBDOMAIN_TEXT),
    );
  }
  for (const [field, map] of Object.entries({ labels, annotations })) {
    for (const [key, value] of Object.entries(map ?? {})) {
      if (!QUALIFIED.test(key)) causes.push(invalidValue(`metadata.${field}`, key, QUALIFIED_TEXT));
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
  return [invalidValue(field, value, value.length > 63 ? 'must be no more than 63 characters' : VALUE_TEXT)];
}

const RESTARTS = ['Always', 'OnFailure', 'Never'];

/** The rules of a pod that matter for running it: containers, their names, images, ports and variables. */
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
  if (!RESTARTS.includes(spec?.restartPolicy ?? 'Always')) {
    causes.push(notSupported(`${path}.restartPolicy`, spec?.restartPolicy, RESTARTS));
  }
  return causes;
}

function validateContainer(container: Container, path: string): Cause[] {
  const causes: Cause[] = [];
  if (!container.name) causes.push(required(`${path}.name`));
  else if (!LABEL.test(container.name)) {
    causes.push(invalidValue(`${path}.name`, container.name, LABEL_TEXT));
  }
  if (!container.image) causes.push(required(`${path}.image`));
  for (const [index, port] of (container.ports ?? []).entries()) {
    if (isPort(port.containerPort)) continue;
    if (!port.containerPort) {
      causes.push(required(`${path}.ports[${index}].containerPort`));
      continue;
    }
    const why = 'must be between 1 and 65535, inclusive';
    causes.push(invalidValue(`${path}.ports[${index}].containerPort`, port.containerPort, why));
  }
  for (const probe of ['readinessProbe', 'livenessProbe', 'startupProbe'] as const) {
    const port = (container[probe]?.httpGet ?? container[probe]?.tcpSocket)?.port;
    const at = `${path}.${probe}.${container[probe]?.httpGet === undefined ? 'tcpSocket' : 'httpGet'}.port`;
    if (typeof port === 'number' && !isPort(port)) {
      causes.push(invalidValue(at, port, 'must be between 1 and 65535, inclusive'));
    }
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

/** Refuses, by name, a feature of a real cluster that this cluster lacks. */
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

/** Deployment and ReplicaSet: a selector exists, never changes, and selects the template's own pods. */
export function validateWorkload(object: Workload, previous: Workload | undefined): Cause[] {
  const spec = object.spec;
  if (!isMap(spec)) return [required('spec')];
  const { replicas, selector } = spec;
  const causes: Cause[] = [];
  if (typeof replicas !== 'number' || replicas < 0) {
    causes.push(invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0'));
  }
  if (!isMap(selector)) causes.push(required('spec.selector'));
  else if (Object.keys(selector).length === 0) {
    const why = `empty selector is invalid for ${object.kind.toLowerCase()}`;
    causes.push(invalidValue('spec.selector', selector, why));
  } else {
    const labels = spec.template?.metadata?.labels ?? {};
    const missed = Object.entries(selector.matchLabels ?? {}).some(([key, value]) => labels[key] !== value);
    if (missed) {
      causes.push(invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
    }
  }
  const fixed = previous === undefined ? [] : immutable('spec.selector', selector, previous.spec.selector);
  return [...causes, ...validatePodSpec(spec.template?.spec, 'spec.template.spec'), ...fixed];
}

/** A cause if `field` was changed after creation; none otherwise. */
export function immutable(field: string, now: unknown, before: unknown): Cause[] {
  return sameValue(now, before) ? [] : [invalidValue(field, now, 'field is immutable')];
}
