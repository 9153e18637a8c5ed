import { type ErrorKind, GantryError } from './errors.ts';

/** Display names of fields whose own name is unclear. Other fields are called by the words in their name. */
const NAMES: Readonly<Record<string, string>> = {
  slug: 'name',
  name: 'name for people',
  'scaling.minReplicas': 'smallest number of instances',
  'scaling.maxReplicas': 'largest number of instances',
  'scaling.size': 'size',
  'release.command': 'release command',
  'release.rehearseSeconds': "rehearsal's time limit",
  'release.commandTimeoutSeconds': "release command's time limit",
  'release.weights': 'list of weights',
  'release.bakeSeconds': 'bake time',
  'release.warmMinutes': 'warm time',
  'release.analysis': 'switch for the analysis',
  'release.maxErrorPercent': 'limit for errors',
  'release.maxP95Ms': 'limit for the latency',
  'release.patienceMinutes': 'time to wait for a verdict',
  'release.watchMinutes': 'time to watch a live release',
  'health.path': 'health path',
  'health.timeoutSeconds': 'health time limit',
  'source.url': 'address of the repository',
  'source.kind': 'kind of source',
  'source.reference': 'image',
  'source.watchPaths': 'list of watch paths',
  'from.at': 'moment',
  rootFolder: 'root folder',
  email: 'e-mail',
  expiresInDays: 'number of days',
  projectRoles: 'role on a project',
  redirectUrl: 'address to return to',
  installationId: 'installation',
  uploadId: 'upload',
};

const LONGEST = 60;

/**
 * The display name of a field, from its place in a request, for the beginning of a sentence: `body.scaling.minReplicas` is the smallest number of
 * instances, and `body.set.KEY.value` is KEY.
 */
export function fieldName(field: string): string {
  const [part = '', ...path] = field.split('.').filter((name) => !/^\d+$/.test(name));
  if (path.length === 0) return `The ${part}`;
  if (part === 'header') return `The header ${path.join('.')}`;
  const [first, second] = path;
  if ((first === 'set' || first === 'unset') && second !== undefined) return variableName(second);
  const known = [path.slice(0, 2).join('.'), first ?? ''].find((name) => Object.hasOwn(NAMES, name));
  return `The ${known === undefined ? inWords(path.at(-1) ?? '') : NAMES[known]}`;
}

function variableName(name: string): string {
  const short = name.length > LONGEST ? `${name.slice(0, LONGEST).toWellFormed()}…` : name;
  return /^[A-Za-z_]\w*$/.test(short) ? short : `"${short}"`;
}

function inWords(name: string): string {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replace(/ url$/, ' address');
  return words.length > LONGEST ? `${words.slice(0, LONGEST).toWellFormed()}…` : words;
}

/** An error about one field. Its sentence is for people and uses the display name; the place in the request is for programs. */
export function fieldError(field: string, message: string, kind: ErrorKind = 'Invalid'): GantryError {
  return new GantryError(kind, `${fieldName(field)} ${message}.`, [{ field, message }]);
}
