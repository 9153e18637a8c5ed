/** The consumer of the outbox itself. Its dead letters are events that never reached the bus. */
export const RELAY = 'relay';

/** The consumer of ends of the deploy machine, which Step Functions reports. */
export const DEPLOYMENT_ENDED = 'deployment-ended';

/** The consumer of ends of builds, which CodeBuild reports. */
export const BUILD_ENDED = 'build-ended';

/** The consumer of GitHub's deliveries. */
export const DELIVERIES = 'deliveries';

/** The name of a consumer's dead-letter queue, for operators and the redrive command. */
export function deadLettersOf(stage: string, consumer: string): string {
  return `gantry-${stage}-${consumer}-dead-letters`;
}
