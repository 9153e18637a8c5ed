/*
 * What bundles carry in the place of the SDK's search for credentials. Lambda passes a function its role's credentials in variables. The search for
 * files, profiles, single sign-on and containers is a sixth of the code of a small function.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
