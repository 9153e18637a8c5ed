import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { patience } from '../../patience.ts';
import { startTestCluster, type TestCluster } from './harness.ts';
import { ACCEPTED, type Accepted } from './transcripts/accepted.ts';
import { TOPICS } from './transcripts/cases/all.ts';
import { differences } from './transcripts/compare.ts';
import { connect } from './transcripts/connection.ts';
import { play } from './transcripts/play.ts';
import type { Transcript } from './transcripts/transcript.ts';

const FOLDER = join(import.meta.dirname, 'transcripts', 'data');
const transcripts = readdirSync(FOLDER).map(
  (file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Transcript,
);
const PATIENCE_MS = patience(5000);
const used = new Set<string>();
let test: TestCluster;

beforeAll(async () => {
  test = await startTestCluster();
  await test.restart();
});
afterAll(() => test.stop());

/**
 * Compares the status, the warnings and the whole body of each answer, with the placeholders of `transcripts/normalise.ts`. Compares no header but
 * `Warning`.
 */
async function replayed({ topic, exchanges }: Transcript): Promise<string[]> {
  const namespace = `transcript-${topic}`;
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  await test.api('POST', '/api/v1/namespaces', body, { headers: { 'user-agent': 'recorder' } });
  const connection = connect(test.cluster().server(), { headers: { authorization: 'Bearer admin' } });
  const steps = exchanges.map(({ request }) => request);
  const answers = await play(connection, steps, { namespace, patienceMs: PATIENCE_MS, tolerant: false });
  return exchanges.flatMap(({ request, answer }, index) =>
    differences(answer, answers[index])
      .filter(({ at }) => {
        const meant = ACCEPTED.filter((each) => ['any', topic].includes(each.topic) && each.at.test(at));
        const names = meant.filter(({ steps: named }) => named === 'any' || named.includes(request.name));
        for (const each of names) used.add(keyOf(each, request.name));
        return names.length === 0;
      })
      .map(
        ({ at, recorded, now }) =>
          `${topic}/${request.name} ${at}: ${JSON.stringify(recorded)} was recorded, ${JSON.stringify(now)} is answered`,
      ),
  );
}

function keyOf({ topic, steps, at }: Accepted, step: string): string {
  return `${topic}/${steps === 'any' ? 'any' : step} ${at.source}`;
}

describe('the embedded API server', () => {
  it.each(transcripts)('answers like the recorded cluster: $topic', async (transcript) => {
    expect(await replayed(transcript)).toEqual([]);
  });

  it('has a recording of every case', () => {
    const recorded = transcripts.map(({ topic, exchanges }) => [topic, exchanges.map(({ request }) => request)]);
    const wanted = TOPICS.map(({ topic, steps }) => [topic, JSON.parse(JSON.stringify(steps))]);
    expect(Object.fromEntries(recorded)).toEqual(Object.fromEntries(wanted));
  });

  it('differs in every place that is listed as different', () => {
    const listed = ACCEPTED.flatMap((each) =>
      each.steps === 'any' ? [keyOf(each, 'any')] : each.steps.map((step) => keyOf(each, step)),
    );
    expect(listed.filter((key) => !used.has(key))).toEqual([]);
  });
});
