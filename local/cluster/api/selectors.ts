import { type Kind, resourceOf } from '../kinds/kind.ts';
import type { KubeObject, LabelSelector } from '../model.ts';
import { valueAt } from '../values.ts';
import { badRequest } from './errors.ts';

export type Filter = (object: KubeObject) => boolean;

type Labels = Readonly<Record<string, string>>;

const SET = /^([^\s!=,()]+)\s+(in|notin)\s+\(([^()]*)\)$/;
const EQUAL = /^([^\s!=,()]+)\s*(==|=|!=)\s*([^\s!=,()]*)$/;
const EXISTS = /^(!?)\s*([^\s!=,()]+)$/;

/** A label selector of a query: `app=web,tier in (a, b),!canary`. */
export function parseLabelSelector(text: string): (labels: Labels) => boolean {
  const terms = text.split(/,(?![^(]*\))/).filter((term) => term.trim() !== '');
  const tests = terms.map((term) => parseTerm(term.trim()));
  return (labels) => tests.every((test) => test(labels));
}

const KEY = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const ORDER = /^([^\s!=,()<>]+)\s*([<>])\s*(-?\d+)$/;

/** Refuses a key that no label can have: the selector is a mistake, and would match nothing or everything. */
function keyed(key: string): string {
  if (KEY.test(key)) return key;
  throw badRequest(
    `unable to parse requirement: <nil>: Invalid value: ${JSON.stringify(key)}: name part must be a qualified name`,
  );
}

function parseTerm(term: string): (labels: Labels) => boolean {
  const order = ORDER.exec(term);
  if (order !== null) {
    const [, key = '', operator, bound] = order;
    const difference = (labels: Labels) => (keyed(key) in labels ? Number(labels[key]) - Number(bound) : Number.NaN);
    return (labels) => (operator === '>' ? difference(labels) > 0 : difference(labels) < 0);
  }
  const set = SET.exec(term);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    keyed(key);
    const values = list.split(',').map((value) => value.trim());
    return (labels) => values.includes(labels[key] ?? '\0') === (operator === 'in');
  }
  const equal = EQUAL.exec(term);
  if (equal !== null) {
    const [, key = '', operator, value] = equal;
    keyed(key);
    return (labels) => (labels[key] === value) !== (operator === '!=');
  }
  const exists = EXISTS.exec(term);
  if (exists === null) throw badRequest(`unable to parse requirement: ${term}`);
  const [, negated, key = ''] = exists;
  keyed(key);
  return (labels) => Object.hasOwn(labels, key) !== (negated === '!');
}

/** The selectable fields besides name and namespace (k8s.io/kubernetes, the `ToSelectableFields` of each kind). */
const SELECTABLE: Readonly<Record<string, readonly string[]>> = {
  '/namespaces': ['status.phase'],
  '/nodes': ['spec.unschedulable'],
  '/secrets': ['type'],
  '/services': ['spec.clusterIP', 'spec.type'],
  '/pods': ['nodeName', 'restartPolicy', 'schedulerName', 'serviceAccountName', 'hostNetwork']
    .map((field) => `spec.${field}`)
    .concat(['status.phase', 'status.podIP', 'status.nominatedNodeName']),
  '/events': ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath']
    .map((field) => `involvedObject.${field}`)
    .concat(['reason', 'reportingComponent', 'source', 'type']),
  'apps/replicasets': ['status.replicas'],
  'batch/jobs': ['status.successful'],
};

/** A field selector of a query: `metadata.name=web,status.phase!=Running`. A missing field equals ''. */
export function parseFieldSelector(kind: Kind, text: string): Filter {
  const known = [
    'metadata.name',
    ...(kind.namespaced ? ['metadata.namespace'] : []),
    ...(SELECTABLE[resourceOf(kind)] ?? []),
  ];
  const tests = text
    .split(',')
    .filter((term) => term !== '')
    .map((term) => {
      const match = EQUAL.exec(term.trim());
      if (match === null) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
      const [, path = '', operator, value] = match;
      if (!known.includes(path)) {
        const only = known.map((each) => JSON.stringify(each)).join(', ');
        throw badRequest(`${JSON.stringify(path)} is not a known field selector: only ${only}`);
      }
      return (object: KubeObject) => (String(valueAt(object, path.split('.')) ?? '') === value) !== (operator === '!=');
    });
  return (object) => tests.every((test) => test(object));
}

/** Whether a selector of an object's spec matches these labels. An empty selector matches all, a missing one none. */
export function selects(selector: LabelSelector | undefined, labels: Labels = {}): boolean {
  if (selector === undefined) return false;
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    equal &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      const included = value !== undefined && values.includes(value);
      return operator === 'In' ? included : !included;
    })
  );
}
