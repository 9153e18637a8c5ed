import { STSClient } from '@aws-sdk/client-sts';
import { SignatureV4 } from '@smithy/signature-v4';
import { clientDefaults } from '../client.ts';

const PREFIX = 'k8s-aws-v1.';
/** How long the presigned request is valid, in seconds; EKS accepts at most 60. */
const PRESIGN_SECONDS = 60;
/** EKS accepts a token for 15 minutes after its signature; ours is renewed well before. */
const REUSE_MS = 10 * 60_000;

const sts = new STSClient(clientDefaults);

/**
 * Bearer tokens for a cluster: a presigned STS GetCallerIdentity with the cluster's name in a signed header. EKS sends it to STS to identify the
 * caller. https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster
 */
export function clusterTokens(clusterName: string): () => Promise<string> {
  let token = '';
  let renewAt = 0;
  return async () => {
    if (Date.now() >= renewAt) {
      const signedAt = Date.now();
      token = PREFIX + Buffer.from(await presignIdentity(clusterName)).toString('base64url');
      renewAt = signedAt + REUSE_MS;
    }
    return token;
  };
}

async function presignIdentity(clusterName: string): Promise<string> {
  const region = await sts.config.region();
  const endpoint = process.env.AWS_ENDPOINT_URL_STS ?? process.env.AWS_ENDPOINT_URL;
  const { url } = sts.config.endpointProvider({
    Region: region,
    UseGlobalEndpoint: false,
    ...(endpoint !== undefined && { Endpoint: endpoint }),
  });
  const signer = new SignatureV4({
    credentials: sts.config.credentials,
    region,
    service: 'sts',
    sha256: sts.config.sha256,
  });
  const signed = await signer.presign(
    {
      method: 'GET',
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port !== '' && { port: Number(url.port) }),
      path: url.pathname,
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host: url.host, 'x-k8s-aws-id': clusterName },
    },
    { expiresIn: PRESIGN_SECONDS },
  );
  const query = new URLSearchParams(signed.query as Record<string, string>);
  return `${url.origin}${url.pathname}?${query.toString().replaceAll('+', '%20')}`;
}
