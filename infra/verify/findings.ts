import type { Stage } from '../stage.ts';
import { ACCEPTED, type Accepted } from './accepted.ts';
import { platformFindings, schemaFindings } from './kubernetes/check.ts';
import { appliedByBootstrap, appliedByDeployments } from './kubernetes/objects.ts';
import { alarmFindings } from './rules/alarms.ts';
import { limitFindings } from './rules/limits.ts';
import { machineFindings } from './rules/machines.ts';
import { policyFindings } from './rules/policies.ts';
import { resourceFindings } from './rules/resources.ts';
import type { Finding, Templates } from './template.ts';

/** Every finding of our own rules in a stage's templates and in the objects that functions apply to the cluster. */
export function findingsOf(templates: Templates, stage: Stage): Finding[] {
  return [
    ...policyFindings(templates),
    ...resourceFindings(templates, stage.removalPolicy === 'retain'),
    ...limitFindings(templates),
    ...machineFindings(templates),
    ...alarmFindings(templates),
    ...platformFindings(appliedByBootstrap(templates)),
    ...schemaFindings(appliedByDeployments()),
  ];
}

export interface Sorted {
  readonly unexplained: readonly Finding[];
  readonly accepted: readonly { readonly finding: Finding; readonly by: Accepted }[];
}

/** The findings that the list explains, and those that it does not. */
export function sortFindings(findings: readonly Finding[], list: readonly Accepted[] = ACCEPTED): Sorted {
  const explained = findings.map((finding) => ({ finding, by: list.find((each) => covers(each, finding)) }));
  return {
    unexplained: explained.filter(({ by }) => by === undefined).map(({ finding }) => finding),
    accepted: explained.flatMap(({ finding, by }) => (by === undefined ? [] : [{ finding, by }])),
  };
}

function covers({ rule, at }: Accepted, finding: Finding): boolean {
  return rule === finding.rule && (typeof at === 'string' ? at === finding.at : at.test(finding.at));
}
