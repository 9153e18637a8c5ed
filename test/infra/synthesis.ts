import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { synthesize as assemble } from '@gantry/local/synth.ts';
import { afterAll } from '@jest/globals';
import type * as z from 'zod';
import { type Bundles, bundle } from '../../infra/constructs/bundle.ts';
import { addStage, emptyApp } from '../../infra/gantry.ts';
import { Stage } from '../../infra/stage.ts';
import { patience } from '../patience.ts';

const ROOT = resolve(import.meta.dirname, '../..');

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

interface Template {
  readonly Parameters?: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>>;
}

/** A resource with its place. */
export interface Placed extends Resource {
  readonly stack: string;
  readonly logicalId: string;
}

export interface Made {
  /** By stack: `gantry-local-api`. */
  readonly templates: ReadonlyMap<string, Template>;
}

export interface Synthesis extends Made {
  readonly status: number | null;
  readonly stderr: string;
  readonly manifest: string;
}

/**
 * The assembly from which the platforms of this run boot. It is synthesized once for all of them, if an input has
 * changed.
 */
export async function assembled(): Promise<Made> {
  return { templates: templatesIn(await assemble(ROOT, () => undefined)) };
}

/** Runs the CDK app as the CLI and the local cloud do, in a folder that is deleted afterwards. */
export function synthesize(environment: Readonly<Record<string, string>> = {}): Synthesis {
  const outdir = mkdtempSync(join(tmpdir(), 'gantry-synth-'));
  try {
    const { status, stderr } = spawnSync(process.execPath, ['infra/app.ts'], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, CDK_OUTDIR: outdir, CDK_VALIDATION: 'false', ...environment },
      encoding: 'utf8',
      timeout: patience(60_000),
    });
    return {
      status,
      stderr,
      templates: templatesIn(outdir),
      manifest: status === 0 ? readFileSync(join(outdir, 'manifest.json'), 'utf8') : '',
    };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** The bundles, shared by all stages of a test file: only the settings of stages differ. */
let bundles: Bundles | undefined;
afterAll(() => bundles?.remove());

/** The templates of a production stage with these fields. */
export function synthesizeStage(fields: Partial<z.input<typeof Stage>>): Made {
  const outdir = mkdtempSync(join(tmpdir(), 'gantry-synth-'));
  process.env.CDK_VALIDATION = 'false';
  try {
    const app = emptyApp(outdir);
    bundles ??= bundle();
    const stage = Stage.parse({ stage: 'prod', firstOwnerEmail: 'ada@example.com', ...fields });
    addStage(app, stage, { ...bundles, remove: () => undefined });
    app.synth();
    return { templates: templatesIn(outdir) };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

function templatesIn(assembly: string): ReadonlyMap<string, Template> {
  const files = readdirSync(assembly).filter((file) => file.endsWith('.template.json'));
  return new Map(
    files.map((file) => [file.replace('.template.json', ''), JSON.parse(readFileSync(join(assembly, file), 'utf8'))]),
  );
}

/** Every resource of a type, over all stacks. */
export function ofType({ templates }: Made, type: string): Placed[] {
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
