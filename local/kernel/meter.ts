/**
 * Counts the units that AWS would bill (`lambda.requests`, `lambda.gb-ms`, `dynamodb.wru`, `dynamodb.rru`, `states.transitions`, `events.events`,
 * `sqs.requests`, `apigateway.requests`, `websocket.messages`, `codebuild.seconds`, `s3.requests`, `logs.bytes`, `kms.requests`,
 * `secretsmanager.requests`).
 */
export class Meter {
  readonly #units = new Map<string, number>();

  count(unit: string, amount = 1): void {
    this.#units.set(unit, (this.#units.get(unit) ?? 0) + amount);
  }

  snapshot(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#units].sort(([a], [b]) => a.localeCompare(b)));
  }
}
