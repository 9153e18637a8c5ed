import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import { createCustomResources } from '../../../local/assembly/custom.ts';
import { declareAssembly, type Outputs } from '../../../local/assembly/declare.ts';
import { createInertTypes } from '../../../local/assembly/inert.ts';
import { readAssembly } from '../../../local/assembly/read.ts';
import { createIamTypes } from '../../../local/iam/types.ts';
import type { Kernel } from '../../../local/kernel/kernel.ts';
import type { Invocation } from '../../../local/kernel/ports.ts';
import type { Room } from '../../../local/kernel/resource.ts';
import { type Bench, bench } from '../support.ts';

interface World {
  readonly outputs: Outputs;
  /** The declared properties of each resource of type `Test::Thing`, in order. */
  readonly declared: readonly (readonly [string, Readonly<Record<string, unknown>>])[];
  readonly invoked: readonly Readonly<Record<string, unknown>>[];
  readonly kernel: Kernel;
}

export type Answer = (event: { readonly ResponseURL: string; readonly RequestType: string }) => Promise<Invocation>;
type Stacks = Readonly<Record<string, object>>;

const folders: string[] = [];
export const benches: Bench[] = [];
afterEach(async () => {
  for (const each of benches.splice(0)) await each.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Writes an assembly. Each stack depends on the previous ones. */
export function write(stacks: Stacks, assets: object = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-assembly-'));
  folders.push(folder);
  const names = Object.keys(stacks);
  const artifacts: Record<string, object> = {
    assets: { type: 'cdk:asset-manifest', properties: { file: 'a.assets.json' } },
  };
  // The manifest lists the last stack first: the order must come from the dependencies, not from the file.
  for (const [index, name] of [...names.entries()].reverse()) {
    const properties = { templateFile: `${name}.json` };
    artifacts[name] = {
      type: 'aws:cloudformation:stack',
      properties,
      dependencies: ['assets', ...names.slice(0, index)],
    };
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(stacks[name]));
  }
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ artifacts }));
  writeFileSync(join(folder, 'a.assets.json'), JSON.stringify({ files: assets }));
  return folder;
}

export const succeed: Answer = async ({ ResponseURL }) => {
  const body = { Status: 'SUCCESS', PhysicalResourceId: 'made', Data: { Color: 'red' } };
  await fetch(ResponseURL, { method: 'PUT', body: JSON.stringify(body) });
  return { ok: true, payload: null, logTail: '' };
};

export async function declare(stacks: Stacks, answer: Answer = succeed, bench_?: Bench): Promise<World> {
  const declared: [string, Readonly<Record<string, unknown>>][] = [];
  const invoked: Record<string, unknown>[] = [];
  const things: Room = {
    resources: [
      {
        type: 'Test::Thing',
        uses: ['Value', 'List', 'Deep.Used'],
        inert: { Note: 'a text', 'Deep.Inert': 'of no effect' },
        declare(properties, place) {
          declared.push([place.logicalId, properties]);
          return { ref: place.name(40), attributes: { Url: 'https://abc.execute-api.xx-local-1.amazonaws.com' } };
        },
      },
    ],
    address: (url) => (url.hostname.startsWith('abc.execute-api') ? `http://127.0.0.1:1${url.pathname}` : undefined),
  };
  let custom: ReturnType<typeof createCustomResources> | undefined;
  const make = (kernel: Kernel) => {
    custom = createCustomResources(kernel, {
      invoke(_arn, event) {
        invoked.push(event as Record<string, unknown>);
        return answer(event as never);
      },
    });
    return [custom.room];
  };
  const local = bench_ ?? (await bench(make));
  if (bench_ === undefined) benches.push(local);
  else make(local.kernel);
  if (custom === undefined) throw new Error('no custom resources');
  const rooms = [things, createInertTypes(), createIamTypes(local.kernel.iam)];
  const outputs = await declareAssembly(readAssembly(write(stacks)), {
    kernel: local.kernel,
    rooms,
    custom,
    parameters: { Given: 'from the local cloud' },
    start: async () => undefined,
  });
  return { outputs, declared, invoked, kernel: local.kernel };
}

/** `${name}`, as a template writes it for CloudFormation to replace. */
export const hole = (name: string) => `\${${name}}`;

export const thing = (properties: object, more: object = {}) => ({
  Type: 'Test::Thing',
  Properties: properties,
  ...more,
});

export async function resolved(value: unknown, template: object = {}): Promise<unknown> {
  const { declared } = await declare({
    s: { ...template, Resources: { Other: thing({}), T: thing({ Value: value }) } },
  });
  return declared.find(([id]) => id === 'T')?.[1].Value;
}
