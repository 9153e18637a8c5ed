const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;
const TIME = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;
const ADDRESS = /\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(:\d+)?\b/g;
/** A Deployment's condition names a ReplicaSet like this. The suffix is a hash without any guarantee. */
const SET = /(ReplicaSet "[-a-z0-9]+-)[a-z0-9]{5,10}"/g;
const AGE = /^(\d+[smhd])+$/;
/** Only the controllers use these fields, and the time of their writes differs from run to run. */
const CONTROLLER = /^(kube-controller-manager|garbage-collector|[a-z]+-controller)$/;
/** The server's own bookkeeping; clients must not interpret it. */
const LEFT_OUT = ['storageVersionHash', 'discoveryEndpoint'];

type Fields = Record<string, unknown>;

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Turns the answers of one run into answers that a second run of the same steps repeats. */
export type Normalise = (step: string, body: unknown) => unknown;

/**
 * A value that differs from run to run becomes a placeholder with the place of its first appearance. So equal values stay equal, and distinct ones
 * distinct: uids, versions of objects, generated names and template hashes.
 * Times, addresses, ages, the versions of lists and continue tokens become placeholders without an identity.
 * Managed fields and conditions are sorted: a server orders the former by the second, and controllers add the latter in any order.
 */
export function createNormalise(namespace: string): Normalise {
  const known = new Map<string, string>([[namespace, '<namespace>']]);
  const versions = new Map<string, string>();

  const named = (names: Map<string, string>, value: string, what: string) => {
    const label = names.get(value) ?? `<${what}>`;
    names.set(value, label);
    return label;
  };
  const textOf = (text: string, at: string): string => {
    let result = text.replace(UUID, (uid) => named(known, uid, `uid of ${at}`));
    for (const [value, label] of known) result = result.replaceAll(value, label);
    result = result.replace(TIME, '<time>');
    if (/resource ?version/i.test(result)) result = result.replace(/\b\d+\b/g, '<version>');
    return result.replace(SET, '$1<hash>"').replace(ADDRESS, '<address>');
  };
  const learn = (value: unknown, at: string): void => {
    if (Array.isArray(value)) for (const [index, each] of value.entries()) learn(each, `${at}[${index}]`);
    if (!isMap(value)) return;
    const { metadata } = value;
    if (isMap(metadata)) {
      const { generateName, name, labels } = metadata;
      const hash = isMap(labels) ? labels['pod-template-hash'] : undefined;
      if (typeof hash === 'string') named(known, hash, `hash of ${at}`);
      if (typeof generateName === 'string' && typeof name === 'string' && name.startsWith(generateName)) {
        const suffix = name.slice(generateName.length);
        if (suffix !== '' && !known.has(name)) known.set(suffix, `<suffix of ${at}>`);
      }
    }
    for (const [key, each] of Object.entries(value)) learn(each, `${at}.${key}`);
  };
  const walk = (value: unknown, at: string): unknown => {
    if (typeof value === 'string') return AGE.test(value) && at.includes('.cells[') ? '<age>' : textOf(value, at);
    if (Array.isArray(value)) return value.map((each, index) => walk(each, `${at}[${index}]`));
    if (!isMap(value)) return value;
    const isList = Array.isArray(value['items']) || Array.isArray(value['rows']) || isBookmark(value);
    const entries = Object.entries(value)
      .filter(([key]) => !LEFT_OUT.includes(key))
      .map(([key, each]) => [textOf(key, at), field(key, each, at, isList)] as const);
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  const field = (key: string, value: unknown, at: string, ofList: boolean): unknown => {
    if (key === 'metadata' && ofList && isMap(value)) return listMetadata(value);
    if (key === 'resourceVersion' && typeof value === 'string' && value !== '') {
      return named(versions, value, `version of ${at.replace(/\.metadata$/, '')}`);
    }
    if (key === 'uid' && typeof value === 'string') return textOf(value, at.replace(/\.metadata$/, ''));
    if (key === 'managedFields' && Array.isArray(value)) {
      return (walk(value, at) as unknown[]).filter((entry) => !CONTROLLER.test(managerOf(entry))).sort(byManager);
    }
    if (key === 'causes' && Array.isArray(value)) return causesOf(walk(value, at) as unknown[]);
    if (key === 'conditions' && Array.isArray(value)) return [...(walk(value, at) as unknown[])].sort(byType);
    return walk(value, `${at}.${key}`);
  };
  return (step, body) => {
    learn(body, step);
    return walk(body, step);
  };
}

/** A bookmark only carries a version: that of the whole store. */
function isBookmark({ metadata }: Fields): boolean {
  return isMap(metadata) && metadata['resourceVersion'] !== undefined && metadata['name'] === undefined;
}

function listMetadata({ resourceVersion, continue: token, ...rest }: Fields): Fields {
  return {
    ...(token === undefined ? {} : { continue: '<continue>' }),
    ...rest,
    ...(resourceVersion === undefined ? {} : { resourceVersion: '<version>' }),
  };
}

function managerOf(entry: unknown): string {
  return isMap(entry) ? String(entry['manager']) : '';
}

function byManager(a: unknown, b: unknown): number {
  const key = (entry: unknown) =>
    isMap(entry) ? `${entry['operation']} ${entry['manager']} ${entry['subresource'] ?? ''}` : '';
  return key(a) < key(b) ? -1 : 1;
}

function byType(a: unknown, b: unknown): number {
  const type = (entry: unknown) => (isMap(entry) ? String(entry['type']) : '');
  return type(a) < type(b) ? -1 : 1;
}

/** The order of conflicting managers is undefined; other causes are in the order of the fields. */
function causesOf(causes: unknown[]): unknown[] {
  const isConflict = causes.every((cause) => isMap(cause) && cause['reason'] === 'FieldManagerConflict');
  return isConflict ? [...causes].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : causes;
}
