/** Why a container cannot be made from its spec, as `CreateContainerConfigError` tells it. */
export class ConfigError extends Error {}
