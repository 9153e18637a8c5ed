/** Vite imports style sheets. */
declare module '*.css';
