/*
 * Replaces in bundles the packages with which the Kubernetes client reads a user's kubeconfig: YAML, OpenID Connect, proxies. A function gets the
 * cluster's address from EKS and its token from STS, and never reads such a file.
 */
function unavailable(): never {
  throw new Error('the cluster is reached directly, without a kubeconfig or a proxy');
}

export { unavailable as HttpProxyAgent, unavailable as HttpsProxyAgent, unavailable as SocksProxyAgent };
export const SocksClient = { createConnection: unavailable };
