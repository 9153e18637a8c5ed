import type { MissingEngine } from './engine.ts';

export const redis: MissingEngine = {
  title: 'Redis',
  missing:
    'ElastiCache for Valkey and a local redis-server are not connected yet. Attach one of your own: set its address as a sealed variable.',
};
