import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LINES_PER_SECOND, MAX_LINE_BYTES } from '@gantry/contract/log-line.ts';
import { METRIC_DAYS, MOST_POINTS, USUAL_POINTS } from '@gantry/contract/metric-points.ts';
import { quotas, variableLimits } from '@gantry/contract/quotas.ts';
import { DisplayName, PageQuery } from '@gantry/contract/schemas/common.ts';
import { execLimits } from '@gantry/contract/schemas/exec.ts';
import { NewApiToken } from '@gantry/contract/schemas/identity.ts';
import { LogQuery } from '@gantry/contract/schemas/logs.ts';
import { planLimits } from '@gantry/contract/schemas/plan.ts';
import { Health, ReleaseSettings, Scaling } from '@gantry/contract/schemas/services.ts';
import { VariableName } from '@gantry/contract/schemas/variables.ts';
import { bytesOf, sizeText } from '@gantry/contract/sizes.ts';
import { sourceLimits } from '@gantry/contract/source-limits.ts';
import { KEPT } from '@gantry/core/deployments/cleanup/retention.ts';
import { MAX_REFERENCES } from '@gantry/core/variables/merge.ts';
import { MAX_BODY_BYTES } from '@gantry/runtime/request.ts';
import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { IMAGE_LIMITS } from '../../layers/builder/oci/manifest.ts';
import { OUTPUT_LIMITS } from '../../layers/builder/output.ts';

const file = join(import.meta.dirname, '../../docs/limits.md');

/** The minimum and the maximum of a number, from the schema. */
function range(schema: z.ZodType, unit: string): string {
  const { minimum, maximum } = z.toJSONSchema(schema) as { minimum?: number; maximum?: number };
  return `${minimum} to ${maximum}${unit}`;
}

/** The maximum length of a text. */
function characters(schema: z.ZodString): string {
  return `${schema.maxLength} characters`;
}

const grouped = (count: number) => count.toLocaleString('en-US');
const gigabytes = (bytes: number) => `${bytes / 1024 ** 3} GB`;
const page = (limit: z.ZodType | undefined, most: number) => {
  expect([limit?.safeParse(String(most)).success, limit?.safeParse(String(most + 1)).success]).toEqual([true, false]);
  return `${grouped(most)} a page`;
};

/** Every limit that a user may reach, in the document's words, with its figure from the code. */
const limits: readonly (readonly [what: string, limit: string])[] = [
  ['projects of a team', grouped(quotas.projectsPerTeam)],
  ['environments of a project', grouped(quotas.environmentsPerProject)],
  ['services of a project', grouped(quotas.servicesPerProject)],
  ['databases of a project', grouped(quotas.databasesPerProject)],
  ['backups of a database that somebody asked for', grouped(quotas.backupsPerDatabase)],
  ['GitHub installations of a team', grouped(quotas.installationsPerTeam)],
  ['alerts of a project', grouped(quotas.alertsPerProject)],
  ['channels of a team', grouped(quotas.channelsPerTeam)],
  ['a display name', characters(DisplayName)],
  ['the name of a variable', characters(VariableName)],
  ['the value of a variable', sizeText(variableLimits.bytesOfValue)],
  ['variables of a service, an environment or a project', grouped(variableLimits.perSet)],
  ['names and values of these variables together', sizeText(variableLimits.bytesOfSet)],
  ['references in a value', grouped(MAX_REFERENCES)],
  ['a source, packed', sizeText(sourceLimits.packedBytes)],
  ['a source, unpacked', gigabytes(sourceLimits.bytes)],
  ['files of a source', grouped(sourceLimits.entries)],
  ['output of a build', `${grouped(OUTPUT_LIMITS.characters)} characters, ${grouped(OUTPUT_LIMITS.lines)} lines`],
  ['a line of a build', `${grouped(OUTPUT_LIMITS.line)} characters`],
  ['an image', `${gigabytes(IMAGE_LIMITS.bytes)}, ${IMAGE_LIMITS.layers} layers`],
  ['a line of an app', sizeText(MAX_LINE_BYTES)],
  ['lines of a replica', `${grouped(LINES_PER_SECOND)} a second`],
  ['instances of a service', range(Scaling.shape.minReplicas, '')],
  ['time to become healthy', range(Health.shape.timeoutSeconds, ' s')],
  [
    'points of metrics',
    `one minute for ${METRIC_DAYS[60]} days, five minutes for ${METRIC_DAYS[300]}, one hour and six hours for ${METRIC_DAYS[21_600]}; an answer has ${grouped(MOST_POINTS)} at most, and ${USUAL_POINTS} unless its step was asked for`,
  ],
  [
    'the stored plan of a build',
    `${planLimits.decisions} decisions and ${planLimits.notes} notes, ${planLimits.text} characters each`,
  ],
  ['time of a release command', range(ReleaseSettings.shape.commandTimeoutSeconds, ' s')],
  ['time of a statement in its rehearsal', range(ReleaseSettings.shape.rehearseSeconds.unwrap(), ' s')],
  ['time for watching a share of the traffic', range(ReleaseSettings.shape.bakeSeconds, ' s')],
  ['time to wait longer for a verdict', range(ReleaseSettings.shape.patienceMinutes, ' minutes')],
  ['time for watching the limits of a live release', range(ReleaseSettings.shape.watchMinutes, ' minutes')],
  ['time that the previous release stays warm', range(ReleaseSettings.shape.warmMinutes, ' minutes')],
  ['releases to roll back to', grouped(KEPT)],
  ['life of an API token', range(NewApiToken.shape.expiresInDays, ' days')],
  ['commands in a service at the same time', grouped(execLimits.sessionsPerService)],
  ['the words of a command', `${sizeText(execLimits.bytesOfCommand)}, ${execLimits.words} words`],
  ['output of a command', sizeText(execLimits.outputBytes)],
  ['input of a command', sizeText(execLimits.inputBytes)],
  ['time of a command', `${execLimits.seconds / 60} minutes, ${execLimits.idleSeconds / 60} without input or output`],
  ['body of a request', sizeText(MAX_BODY_BYTES)],
  ['items of a list', page(PageQuery.shape.limit, 100)],
  ['lines of a log', page(LogQuery.shape.limit, 1000)],
];

describe('docs/limits.md', () => {
  it('lists every limit with the value in the code, and no other limit', () => {
    const rows = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .slice(2);
    expect(rows).toEqual(limits.map(([what, limit]) => `| ${what} | ${limit} |`));
  });

  it('measures text as stored, and rounds a size up', () => {
    expect([bytesOf('é'), sizeText(32_769), sizeText(1023), sizeText(1024 * 1024 + 1)]).toEqual([
      2,
      '33 KB',
      '1023 bytes',
      '1.1 MB',
    ]);
  });
});
