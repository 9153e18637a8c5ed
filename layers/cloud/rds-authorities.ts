import { GantryError } from '@gantry/contract/errors.ts';
import * as z from 'zod';

const FETCH_MS = 5_000;
const MOST_CHARACTERS = 500_000;

/**
 * The certificates of the authorities that sign the region's database servers, in PEM: some 5 KB. They are public, and AWS has them at one address
 * for each region. The variable that redirects every SDK client redirects this request too. Throws Unavailable when they cannot be read.
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.SSL.html#UsingWithRDS.SSL.CertificatesAllRegions
 */
export async function fetchAuthorities(): Promise<string> {
  const { AWS_REGION: region, AWS_ENDPOINT_URL: store = 'https://truststore.pki.rds.amazonaws.com' } = process.env;
  try {
    const response = await fetch(new URL(`/${region}/${region}-bundle.pem`, store), {
      signal: AbortSignal.timeout(FETCH_MS),
    });
    if (!response.ok) throw new Error(`the trust store answered ${response.status}`);
    return Pem.parse(await response.text());
  } catch (cause) {
    throw new GantryError('Unavailable', 'The certificates of database servers could not be read. Try again.', [], {
      cause,
    });
  }
}

const Pem = z
  .string()
  .max(MOST_CHARACTERS)
  .startsWith('-----BEGIN CERTIFICATE-----')
  .includes('-----END CERTIFICATE-----');
