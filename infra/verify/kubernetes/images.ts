import { IMAGE as SHIPPER } from '@gantry/cluster/shipper.ts';

/** What an image starts when a pod names no command, and where that is documented. */
export interface DocumentedImage {
  readonly entrypoint: readonly string[];
  readonly source: string;
}

/** Every image that the platform itself runs. Images of apps are built with an entrypoint or a command by our builder. */
export const IMAGES: Readonly<Record<string, DocumentedImage>> = {
  [SHIPPER]: {
    entrypoint: [],
    source:
      'https://github.com/aws/aws-for-fluent-bit, the last stage of its Dockerfile: FROM scratch with a CMD and no ENTRYPOINT',
  },
};
