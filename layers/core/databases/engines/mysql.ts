import type { MissingEngine } from './engine.ts';

export const mysql: MissingEngine = {
  title: 'MySQL',
  missing:
    'Aurora MySQL and a local MariaDB are not connected yet. Attach one of your own: set its address as a sealed variable.',
};
