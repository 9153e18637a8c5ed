import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, it } from '@jest/globals';

/** A suite of its own, which `limits.test.ts` runs: everything here takes longer than the limit that is written. */
const WRITTEN_MS = 100;

beforeAll(() => sleep(2 * WRITTEN_MS), WRITTEN_MS);

it('ends within what the machine needs', () => sleep(2 * WRITTEN_MS), WRITTEN_MS);

it('never ends', () => new Promise(() => undefined), WRITTEN_MS);
