import { execInPod, type PodExec } from '@gantry/cloud/kubernetes/exec.ts';
import { list } from '@gantry/cloud/kubernetes/objects.ts';
import type { Pod } from '@gantry/cloud/kubernetes/types.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import { isReady, standing, time } from './diagnosis.ts';
import { containerOf } from './exits.ts';
import { JOB, RELEASE } from './names.ts';
import type { ReleaseRef } from './spec.ts';

export type { ExecOutcome, PodExec } from '@gantry/cloud/kubernetes/exec.ts';

/** A shell: bash if the image has it. */
const SHELL = ['/bin/sh', '-c', 'if command -v bash >/dev/null 2>&1; then exec bash; else exec sh; fi'];

/** The running replicas of a release: ready ones first, and of those the oldest. */
export async function runningReplicas({ environmentId, releaseId }: ReleaseRef): Promise<string[]> {
  const namespace = toKubernetesName(environmentId);
  const { items } = await list<Pod>({ apiVersion: 'v1', kind: 'Pod', namespace }, { [RELEASE]: releaseId });
  const running = standing(items).filter(
    (pod) => containerOf(pod)?.state?.running !== undefined && pod.metadata?.labels?.[JOB] === undefined,
  );
  const since = (pod: Pod) => time(pod.metadata?.creationTimestamp);
  return running
    .sort((a, b) => Number(isReady(b)) - Number(isReady(a)) || since(a) - since(b))
    .map((pod) => pod.metadata?.name ?? '');
}

export interface ReplicaCommand {
  readonly environmentId: string;
  readonly serviceId: string;
  readonly replica: string;
  /** Empty for a shell. */
  readonly command: readonly string[];
  readonly terminal: boolean;
}

/** Runs a command in a replica; throws as `execInPod` does. */
export function execInReplica(
  { environmentId, serviceId, replica, command, terminal }: ReplicaCommand,
  print: (stream: 'stdout' | 'stderr', bytes: Buffer) => void,
): Promise<PodExec> {
  const target = {
    namespace: toKubernetesName(environmentId),
    pod: replica,
    container: toKubernetesName(serviceId),
    command: command.length > 0 ? command : SHELL,
    terminal,
  };
  return execInPod(target, print);
}

/** Exit codes of a shell for a missing program, and for one that it may not run. */
const NO_PROGRAM = 127;
const NOT_RUNNABLE = 126;

/** Why a runtime could not start a command, from the texts of containerd and runc. */
export function startProblem(
  failure: string,
  program: string,
): { readonly exitCode: number | null; readonly detail: string } {
  if (/executable file not found|no such file or directory/.test(failure))
    return { exitCode: NO_PROGRAM, detail: `There is no program ${program} in the image.` };
  if (/permission denied|exec format error/.test(failure))
    return { exitCode: NOT_RUNNABLE, detail: `${program} in the image is not a program that can be run.` };
  return { exitCode: null, detail: `The command could not be started: ${failure}` };
}
