/** The consumer of the outbox itself, whose dead letters are what never reached the bus. */
export const RELAY = 'relay';

/** The consumer of ends of the deploy machine, whose events are Step Functions' own. */
export const DEPLOYMENT_ENDED = 'deployment-ended';

/** The consumer of ends of builds, whose events are CodeBuild's own. */
export const BUILD_ENDED = 'build-ended';

/** The consumer of what GitHub delivers. */
export const DELIVERIES = 'deliveries';

/** The name of a consumer's dead-letter queue, which operators and the redrive command know it by. */
export function deadLettersOf(stage: string, consumer: string): string {
  return `gantry-${stage}-${consumer}-dead-letters`;
}
