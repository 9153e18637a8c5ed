import { errorKinds } from '@gantry/contract/errors.ts';
import { openApiDocument } from '@gantry/contract/openapi.ts';
import { routes } from '@gantry/contract/routes.ts';
import { topicForms } from '@gantry/contract/schemas/realtime.ts';
import { topics } from '@gantry/contract/topics.ts';
import { referencePage } from '@gantry/runtime/reference/page.ts';
import { describe, expect, it } from '@jest/globals';

describe('the reference page of the API', () => {
  const page = referencePage(openApiDocument('https://api.example.com'));
  const anchors = [...page.matchAll(/\bid="([^"]+)"/g)].map((match) => match[1]);

  it('has an anchor for every operation, error and schema, and for the sections', () => {
    const { components } = openApiDocument('https://api.example.com');
    const wanted = [
      ...Object.keys(routes),
      ...Object.keys(errorKinds).map((kind) => `error-${kind}`),
      ...Object.keys(components?.schemas ?? {}).map((name) => `schema-${name}`),
      'basics',
      'realtime',
      'errors',
    ];
    expect(anchors).toEqual(expect.arrayContaining(wanted));
    expect(new Set(anchors).size).toBe(anchors.length);
  });

  it('links to nothing that is missing', () => {
    const links = [...page.matchAll(/href="#([^"]+)"/g)].map((match) => match[1]);
    expect(links.filter((link) => !anchors.includes(link))).toEqual([]);
  });

  it('describes every form of topic', () => {
    expect(Object.keys(topicForms)).toHaveLength(Object.keys(topics).length);
    for (const form of Object.keys(topicForms))
      expect(page).toContain(form.replace(/[<>]/g, (c) => `&#${c.charCodeAt(0)};`));
  });

  it('works offline: it loads nothing and runs nothing', () => {
    expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|\son\w+=|src=/i);
    expect(page).toMatch(/^<!doctype html>/);
  });
});
