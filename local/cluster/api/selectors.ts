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

function parseTerm(term: string): (labels: Labels) => boolean {
  const set = SET.exec(term);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    return (labels) => values.includes(labels[key] ?? '\0') === (operator === 'in');
  }
  const equal = EQUAL.exec(term);
  if (equal !== null) {
    const [, key = '', operator, value] = equal;
    return (labels) => (labels[key] === value) !== (operator === '!=');
  }
  const exists = EXISTS.exec(term);
  if (exists === null) throw badRequest(`unable to parse requirement: ${term}`);
  const [, negated, key = ''] = exists;
  return (labels) => Object.hasOwn(labels, key) !== (negated === '!');
}

/** A field selector of a query: `metadata.name=web,status.phase!=Running`. A field that is not there equals ''. */
export function parseFieldSelector(text: string): Filter {
  const tests = text
    .split(',')
    .filter((term) => term !== '')
    .map((term) => {
      const match = EQUAL.exec(term.trim());
      if (match === null) throw badRequest(`invalid field selector: ${term}`);
      const [, path = '', operator, value] = match;
      return (object: KubeObject) => (String(valueAt(object, path.split('.')) ?? '') === value) !== (operator === '!=');
    });
  return (object) => tests.every((test) => test(object));
}

/** Whether a selector of an object's spec takes these labels. An empty selector takes all, a missing one none. */
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
