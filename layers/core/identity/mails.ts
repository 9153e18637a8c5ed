import { available } from '@gantry/cloud/failures.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { quotas } from '@gantry/contract/quotas.ts';
import { unlessRefused } from '../kernel/entity.ts';
import { ttlAfter } from '../kernel/table.ts';
import { MailCountEntity } from '../records/identity.ts';

const KEPT_SECONDS = 2 * 24 * 3600;

/**
 * Counts a mail before it is sent on a team's behalf. Throws QuotaExceeded when the team, or all teams together to this address, reached today's
 * limit. The count is not in one transaction with the mail, so a mail that then fails still counts.
 */
export async function countMail(teamId: string, email: string): Promise<void> {
  const { mailsPerTeamAndDay: ofTeam, mailsPerAddressAndDay: toAddress } = quotas;
  if (!(await counted(`team#${teamId}`, ofTeam))) throw tooMany(`This team has mailed ${ofTeam} invitations`);
  if (!(await counted(`email#${email}`, toAddress))) throw tooMany(`${email} was mailed ${toAddress} invitations`);
}

async function counted(of: string, most: number): Promise<boolean> {
  const count = MailCountEntity.update({ of, day: new Date().toISOString().slice(0, 10) })
    .add({ mails: 1 })
    .set({ ttl: ttlAfter(KEPT_SECONDS) })
    .where(({ mails }, { lt, notExists }) => `${notExists(mails)} OR ${lt(mails, most)}`);
  return (await unlessRefused(() => available('The database', () => count.go()))) !== undefined;
}

function tooMany(what: string): GantryError {
  return new GantryError('QuotaExceeded', `${what} today, which is the most. Try again after midnight UTC.`);
}
