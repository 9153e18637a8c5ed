import { IMAGE as SHIPPER } from '@gantry/cluster/shipper.ts';

/** An image's default command, and its documentation. */
export interface DocumentedImage {
  readonly entrypoint: readonly string[];
  readonly source: string;
}

/** Every image that the platform itself runs. Our builder gives apps' images an entrypoint or a command. */
export const IMAGES: Readonly<Record<string, DocumentedImage>> = {
  [SHIPPER]: {
    entrypoint: [],
    source:
      'https://github.com/aws/aws-for-fluent-bit, the last stage of its Dockerfile: FROM scratch with a CMD and no ENTRYPOINT',
  },
};
