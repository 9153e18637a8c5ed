import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Template } from '../../assembly/template.ts';
import { ACCOUNT, REGION } from '../../kernel/kernel.ts';
import type { AssetLocator, ObjectReader } from '../../kernel/ports.ts';
import { stagingBucket } from './stacks.ts';
import { unzip } from './unzip.ts';

/** The code of functions and builds: from the synthesized assembly, and from the staging bucket that the CDK filled since. */
export interface PublishedCode {
  readonly assets: AssetLocator;
  /** Unpacks code that a template names and the assembly lacks. Throws when the bucket lacks it too. */
  fetch(template: Template, objects: ObjectReader): Promise<void>;
}

export function createPublishedCode(dataDir: string, assembly: AssetLocator): PublishedCode {
  const bucket = stagingBucket(REGION);
  const folderOf = (key: string) => join(dataDir, 'code', key.replace(/\.zip$/, ''));
  const path: AssetLocator['path'] = (named, key) => {
    const known = assembly.path(named, key);
    if (known !== undefined || named !== bucket) return known;
    return existsSync(folderOf(key)) ? folderOf(key) : undefined;
  };
  return {
    assets: { path },
    async fetch(template, objects) {
      for (const key of keysIn(template)) {
        if (path(bucket, key) !== undefined) continue;
        const folder = folderOf(key);
        rmSync(`${folder}.new`, { recursive: true, force: true });
        unzip(await objects.get(bucket, key, { kind: 'operator' }), `${folder}.new`);
        renameSync(`${folder}.new`, folder);
      }
    },
  };
}

/** Every key of a zip file that a template names. */
function keysIn(template: Template): ReadonlySet<string> {
  const found = JSON.stringify(template)
    .replaceAll(`\${AWS::AccountId}`, ACCOUNT)
    .matchAll(/[0-9a-f]{64}\.zip/g);
  return new Set([...found].map(([key]) => key));
}
