import { spawnSync } from 'node:child_process';
import { basename } from 'node:path';
import * as z from 'zod';
import { type Finding, topicOf } from './template.ts';

/** The version whose false findings are known: `pip install cfn-lint==1.58.0`. */
const CFN_LINT = '1.58.0';

/** False findings of cfn-lint, each with its reason. */
const FALSE: readonly { readonly rule: string; readonly message: RegExp; readonly reason: string }[] = [
  {
    rule: 'W3005',
    message: /dependency already enforced/,
    reason: 'The CDK writes DependsOn next to a reference that means the same: that is redundant, but right.',
  },
  {
    rule: 'E3002',
    message: /'GatewayApi' was unexpected/,
    reason: 'The schema that cfn-lint carries is older than the GatewayApi switch of AWS::EKS::Cluster.',
  },
  {
    rule: 'E3601',
    message: /^'arn:\$\{Partition\}:states:::/,
    reason: 'cfn-lint does not fill DefinitionSubstitutions in, and Partition is one of them.',
  },
];

const Report = z.array(
  z.object({
    Rule: z.object({ Id: z.string() }),
    Level: z.string(),
    Message: z.string(),
    Filename: z.string(),
    Location: z.object({ Path: z.array(z.union([z.string(), z.number()])).nullish() }),
  }),
);

export interface Linted {
  /** A note for the reader: which version ran, or that none did. */
  readonly note: string;
  readonly findings: readonly Finding[];
}

/** Runs cfn-lint over template files, if it is installed. Otherwise there are no findings, and the note says so. */
export function lint(files: readonly string[]): Linted {
  const asked = spawnSync('cfn-lint', ['--version'], { encoding: 'utf8' });
  if (asked.status !== 0)
    return { note: `cfn-lint did not run: install it with pip install cfn-lint==${CFN_LINT}`, findings: [] };
  const version = asked.stdout.trim().split(' ').at(-1);
  const run = spawnSync('cfn-lint', ['--format', 'json', '--non-zero-exit-code', 'none', '--', ...files], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (run.status !== 0) throw new Error(`cfn-lint failed: ${run.stderr.slice(0, 500)}`);
  const findings = Report.parse(JSON.parse(run.stdout))
    .filter(({ Rule, Message }) => !FALSE.some(({ rule, message }) => rule === Rule.Id && message.test(Message)))
    .map(({ Rule, Message, Filename, Location }) => ({
      rule: `cfn-lint ${Rule.Id}`,
      at: `${topicOf(basename(Filename, '.template.json'))}/${(Location.Path ?? []).slice(1).join('.')}`,
      what: Message,
    }));
  const other = version === CFN_LINT ? '' : `; its false findings are known for ${CFN_LINT}`;
  return { note: `cfn-lint ${version} ran${other}`, findings };
}
