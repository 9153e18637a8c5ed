import type { MissingEngine } from './engine.ts';

export const mongodb: MissingEngine = {
  title: 'MongoDB',
  missing: 'DocumentDB is not connected yet. Attach one of your own: set its address as a sealed variable.',
};
