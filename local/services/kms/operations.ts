import { randomBytes } from 'node:crypto';
import type { Meter } from '../../kernel/meter.ts';
import type { EncryptionContext } from '../../kernel/ports.ts';
import { type AnyOperation, AwsError } from '../../kernel/service.ts';
import { operation } from '../../wire/operation.ts';
import { type Keys, keyArn, useOf } from './keys.ts';

interface WithContext {
  readonly EncryptionContext?: EncryptionContext;
}

interface DataKeyInput extends WithContext {
  readonly KeyId: string;
  readonly KeySpec?: 'AES_256' | 'AES_128';
  readonly NumberOfBytes?: number;
}

/** The most bytes that Encrypt takes, and of a data key. https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html */
const PLAINTEXT_BYTES = 4096;
const DATA_KEY_BYTES = 1024;

/** KMS's operations that the product calls. */
export function createOperations(keys: Keys, meter: Meter): Readonly<Record<string, AnyOperation>> {
  const { ring } = keys;
  return {
    GenerateDataKey: operation({
      uses: ['KeyId', 'KeySpec', 'NumberOfBytes', 'EncryptionContext'],
      access: ({ KeyId, EncryptionContext }: DataKeyInput) => [
        useOf('GenerateDataKey', keys.find(KeyId), EncryptionContext),
      ],
      handle(input: DataKeyInput) {
        meter.count('kms.requests');
        const id = keys.find(input.KeyId);
        const plaintext = randomBytes(bytesOf(input));
        return {
          KeyId: keyArn(id),
          Plaintext: plaintext.toString('base64'),
          CiphertextBlob: ring.encrypt(id, plaintext, input.EncryptionContext),
        };
      },
    }),
    Encrypt: operation({
      uses: ['KeyId', 'Plaintext', 'EncryptionContext'],
      access: ({ KeyId, EncryptionContext }: WithContext & { readonly KeyId: string }) => [
        useOf('Encrypt', keys.find(KeyId), EncryptionContext),
      ],
      handle(input: WithContext & { readonly KeyId: string; readonly Plaintext: string }) {
        meter.count('kms.requests');
        const id = keys.find(input.KeyId);
        const plaintext = Buffer.from(input.Plaintext, 'base64');
        if (plaintext.length < 1 || plaintext.length > PLAINTEXT_BYTES) {
          throw invalid(`Plaintext has ${plaintext.length} bytes; 1 to ${PLAINTEXT_BYTES} can be encrypted`);
        }
        const CiphertextBlob = ring.encrypt(id, plaintext, input.EncryptionContext);
        return { KeyId: keyArn(id), CiphertextBlob, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
      },
    }),
    Decrypt: operation({
      uses: ['KeyId', 'CiphertextBlob', 'EncryptionContext'],
      access: ({ CiphertextBlob, EncryptionContext }: WithContext & { readonly CiphertextBlob: string }) => [
        useOf('Decrypt', keys.ofCiphertext(CiphertextBlob), EncryptionContext),
      ],
      handle(input: WithContext & { readonly KeyId?: string; readonly CiphertextBlob: string }) {
        meter.count('kms.requests');
        const id = keys.ofCiphertext(input.CiphertextBlob);
        if (input.KeyId !== undefined && keys.find(input.KeyId) !== id) {
          throw new AwsError(
            'IncorrectKeyException',
            'The key ID in the request does not identify a CMK that can perform this operation.',
          );
        }
        const plaintext = ring.decrypt(input.CiphertextBlob, input.EncryptionContext);
        return {
          KeyId: keyArn(id),
          Plaintext: plaintext.toString('base64'),
          EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        };
      },
    }),
  };
}

function bytesOf({ KeySpec, NumberOfBytes }: DataKeyInput): number {
  if ((KeySpec === undefined) === (NumberOfBytes === undefined)) {
    throw invalid('Please specify either number of bytes or key spec.');
  }
  if (NumberOfBytes === undefined) return KeySpec === 'AES_128' ? 16 : 32;
  if (NumberOfBytes >= 1 && NumberOfBytes <= DATA_KEY_BYTES) return NumberOfBytes;
  throw invalid(`NumberOfBytes must be 1 to ${DATA_KEY_BYTES}, not ${NumberOfBytes}`);
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
