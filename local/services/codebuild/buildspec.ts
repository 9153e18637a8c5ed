import { parse } from 'yaml';
import { AwsError } from '../../kernel/service.ts';

export const PHASES = ['install', 'pre_build', 'build', 'post_build'] as const;
export type PhaseName = (typeof PHASES)[number];

interface Phase {
  readonly commands: readonly string[];
  readonly finally: readonly string[];
}

/** A buildspec, as far as it is supported. Source: CodeBuild User Guide, "Build specification reference". */
export interface Buildspec {
  readonly variables: Readonly<Record<string, string>>;
  readonly exportedVariables: readonly string[];
  readonly phases: Readonly<Partial<Record<PhaseName, Phase>>>;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads a buildspec in YAML or JSON. Throws `InvalidInputException`, naming the key, for keys that would be ignored. */
export function parseBuildspec(text: string): Buildspec {
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    throw invalid('', `is not YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
  const root = fields(document, '');
  only(root, ['version', 'env', 'phases'], '');
  if (String(root.version) !== '0.2') throw invalid('version', 'must be 0.2');
  const env = fields(root.env ?? {}, 'env');
  only(env, ['variables', 'exported-variables', 'shell'], 'env');
  if (env.shell !== undefined && env.shell !== 'bash') throw invalid('env.shell', 'must be bash');
  const phases = fields(root.phases, 'phases');
  only(phases, PHASES, 'phases');
  return {
    variables: Object.fromEntries(
      Object.entries(fields(env.variables ?? {}, 'env.variables')).map(([name, value]) => [
        variable(name),
        String(value),
      ]),
    ),
    exportedVariables: texts(env['exported-variables'], 'env.exported-variables').map(variable),
    phases: Object.fromEntries(Object.entries(phases).map(([name, value]) => [name, phase(value, `phases.${name}`)])),
  };
}

/** `runtime-versions` choose a version in AWS's build image; here the machine's own Node is first on the PATH. */
function phase(value: unknown, at: string): Phase {
  const given = fields(value, at);
  only(given, at === 'phases.install' ? ['commands', 'finally', 'runtime-versions'] : ['commands', 'finally'], at);
  return { commands: texts(given.commands, `${at}.commands`), finally: texts(given.finally, `${at}.finally`) };
}

function variable(name: string): string {
  if (!/^[A-Za-z_]\w*$/.test(name)) throw invalid('env', `${name} is not a variable's name`);
  return name;
}

function texts(value: unknown, at: string): readonly string[] {
  const list = value ?? [];
  if (!Array.isArray(list) || !list.every((one) => typeof one === 'string'))
    throw invalid(at, 'must be a list of texts');
  return list;
}

function fields(value: unknown, at: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(at, 'must be a mapping');
  return value as Fields;
}

function only(given: Fields, known: readonly string[], at: string): void {
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown !== undefined) throw invalid(at === '' ? unknown : `${at}.${unknown}`, 'is not emulated');
}

function invalid(at: string, message: string): AwsError {
  return new AwsError('InvalidInputException', `Buildspec: ${at === '' ? 'the document' : at} ${message}.`);
}
