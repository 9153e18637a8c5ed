import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
}

export interface Template {
  readonly Parameters?: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, Resource>>;
}

/** A resource and where it stands. */
export interface Placed extends Resource {
  readonly stack: string;
  readonly logicalId: string;
}

export interface Synthesis {
  readonly status: number | null;
  readonly stderr: string;
  /** By stack: `gantry-local-api`. */
  readonly templates: ReadonlyMap<string, Template>;
  readonly manifest: string;
}

/** Runs the CDK app as the CLI and the local cloud do, in a folder that is gone afterwards. */
export function synthesize(environment: Readonly<Record<string, string>> = {}): Synthesis {
  const outdir = mkdtempSync(join(tmpdir(), 'gantry-synth-'));
  try {
    const { status, stderr } = spawnSync(process.execPath, ['infra/app.ts'], {
      cwd: resolve(import.meta.dirname, '../..'),
      env: { PATH: process.env.PATH, CDK_OUTDIR: outdir, CDK_VALIDATION: 'false', ...environment },
      encoding: 'utf8',
      timeout: 60_000,
    });
    const files = readdirSync(outdir).filter((file) => file.endsWith('.template.json'));
    const read = (file: string) => readFileSync(join(outdir, file), 'utf8');
    const templates = files.map((file): [string, Template] => [
      file.replace('.template.json', ''),
      JSON.parse(read(file)),
    ]);
    return {
      status,
      stderr,
      templates: new Map(templates),
      manifest: status === 0 ? read('manifest.json') : '',
    };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** Every resource of a type, over all stacks. */
export function ofType({ templates }: Synthesis, type: string): Placed[] {
  return [...templates].flatMap(([stack, { Resources }]) =>
    Object.entries(Resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([logicalId, resource]) => ({ stack, logicalId, ...resource })),
  );
}

/** The logical id that a `Ref` or `Fn::GetAtt` names, in the same stack. */
export function referenced(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if ('Ref' in value && typeof value.Ref === 'string') return value.Ref;
  if ('Fn::GetAtt' in value && Array.isArray(value['Fn::GetAtt'])) return String(value['Fn::GetAtt'][0]);
  return undefined;
}

/** A property at a dotted path, or undefined. */
export function at(resource: Resource, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
      resource.Properties,
    );
}
