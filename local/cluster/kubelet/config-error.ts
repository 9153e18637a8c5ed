/** Why a container cannot be made from its spec, for `CreateContainerConfigError`. */
export class ConfigError extends Error {}
