import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stageOf } from '../../../infra/ops/options.ts';

const folder = mkdtempSync(join(tmpdir(), 'gantry-options-'));
const empty = mkdtempSync(join(tmpdir(), 'gantry-options-'));
beforeAll(() => {
  const stage = { stage: 'production', firstOwnerEmail: 'ada@example.com' };
  writeFileSync(join(folder, 'gantry.stage.json'), JSON.stringify(stage));
});
afterAll(() => {
  for (const each of [folder, empty]) rmSync(each, { recursive: true, force: true });
});

describe('the stage of a gantry-ops command', () => {
  it('is the named one, otherwise that of the file: a command without a flag never uses another stage', () => {
    expect(stageOf(undefined, {}, folder)).toBe('production');
    expect(stageOf('staging', {}, folder)).toBe('staging');
    expect(stageOf(undefined, { GANTRY_STAGE: 'staging' }, folder)).toBe('staging');
  });

  it('is never the stage of one machine on AWS, which keeps no data', () => {
    expect(() => stageOf(undefined, {}, empty)).toThrow('Name the stage');
    expect(() => stageOf('local', {}, folder)).toThrow('only for the local cloud');
    expect(stageOf(undefined, { AWS_ENDPOINT_URL: 'http://127.0.0.1:4511' }, empty)).toBe('local');
  });
});
