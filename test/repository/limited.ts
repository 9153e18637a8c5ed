import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, it } from '@jest/globals';

/** Its own suite, run by `limits.test.ts`: everything here takes longer than its written limit. */
const WRITTEN_MS = 100;

beforeAll(() => sleep(2 * WRITTEN_MS), WRITTEN_MS);

it('ends within the time that the machine needs', () => sleep(2 * WRITTEN_MS), WRITTEN_MS);

it('never ends', () => new Promise(() => undefined), WRITTEN_MS);
