import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { AwsError } from '../../kernel/service.ts';
import type { PasswordPolicy } from './directory.ts';

const derive = promisify<string, Buffer, number, Buffer>(scrypt);

/** A salted scrypt hash: `<salt>.<hash>`, both base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  return `${salt.toString('base64url')}.${(await derive(password, salt, 32)).toString('base64url')}`;
}

/** Takes as long for an unknown user (`hash` undefined), so that timing reveals nothing. */
export async function verifyPassword(password: string, hash: string | undefined): Promise<boolean> {
  const [salt = '', expected = ''] = (hash ?? `${'A'.repeat(22)}.${'A'.repeat(43)}`).split('.');
  const actual = await derive(password, Buffer.from(salt, 'base64url'), 32);
  const wanted = Buffer.from(expected, 'base64url');
  return actual.length === wanted.length && timingSafeEqual(actual, wanted) && hash !== undefined;
}

/** A random password that every policy of up to 24 characters accepts. */
export function generatePassword(): string {
  return `${randomBytes(15).toString('base64url')}-Aa1`;
}

/** Throws `InvalidPasswordException` when the pool's policy refuses the password. */
export function checkPolicy(password: string, policy: PasswordPolicy): void {
  const broken = [
    [password.length >= policy.minimumLength, `Password not long enough: ${policy.minimumLength} characters at least`],
    [password.length <= 256, 'Password too long: 256 characters at most'],
    [!policy.lowercase || /[a-z]/.test(password), 'Password must have lowercase characters'],
    [!policy.uppercase || /[A-Z]/.test(password), 'Password must have uppercase characters'],
    [!policy.numbers || /\d/.test(password), 'Password must have numeric characters'],
    [!policy.symbols || /[^A-Za-z0-9]/.test(password), 'Password must have symbol characters'],
  ] as const;
  const first = broken.find(([holds]) => !holds);
  if (first !== undefined)
    throw new AwsError('InvalidPasswordException', `Password did not conform with policy: ${first[1]}`);
}
