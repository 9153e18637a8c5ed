/**
 * Replaces `jsonschema` in bundles. ElectroDB checks its models with it whenever they are made, which is a sixth of a cold start. The tests run with
 * the check, and models do not change between the tests and the deployment.
 */
export class Validator {
  get customFormats(): Record<string, unknown> {
    return {};
  }

  addSchema(): void {}

  validate(): { readonly errors: readonly [] } {
    return { errors: [] };
  }
}
