import { GantryError } from '@gantry/contract/errors.ts';
import { fieldError } from '@gantry/contract/field-names.ts';
import { requireAddress } from '@gantry/outbound/fetch.ts';

/** The address in a field of a request. Throws Invalid, with the name of the field, for an address that Gantry does not call. */
export function addressIn(field: string, address: string, privateAddresses: boolean): URL {
  try {
    return requireAddress(address, privateAddresses);
  } catch (error) {
    if (!(error instanceof GantryError)) throw error;
    throw fieldError(field, `is not possible: ${error.message}`);
  }
}
