import { type Identity, selfSigned } from '../../cluster/api/certificate.ts';
import { type Kernel, REGION } from '../../kernel/kernel.ts';
import type { Mount } from '../../kernel/resource.ts';

/** Apps keep the certificate in a file: it must outlast the folder of the data. */
const DAYS = 3650;

/** The key and the certificate that all servers of this data folder show their clients. The certificate is its own authority. */
export function serverIdentity({ store }: Kernel): Identity {
  const kept = store.collection<Identity>('rds.identity');
  const known = kept.get('servers');
  if (known !== undefined) return known;
  const made = selfSigned(DAYS);
  kept.put('servers', made);
  return made;
}

/**
 * The authorities of the region in PEM, at the path that AWS's trust store has.
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.SSL.html#UsingWithRDS.SSL.CertificatesAllRegions
 */
export function trustStore({ certificate }: Identity): Mount {
  return {
    on: 'aws',
    takes: (_host, path) => path === `/${REGION}/${REGION}-bundle.pem`,
    request(_request, response) {
      response.writeHead(200, { 'content-type': 'application/x-pem-file' }).end(certificate);
    },
  };
}
