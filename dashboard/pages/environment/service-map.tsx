import type { ReactNode } from 'react';
import { type Edge, layOut, type Place } from '../../data/service-map.ts';

/** Sizes in pixels. */
const CARD = { width: 300, height: 128 };
const GAP = { x: 88, y: 24 };
const ARROW = 'map-arrow';

/** A card on the map: a service, or a database. */
interface MapCard {
  readonly slug: string;
  readonly content: ReactNode;
}

interface ServiceMapProps {
  readonly cards: readonly MapCard[];
  readonly edges: readonly Edge[];
}

const left = ({ column }: Place) => column * (CARD.width + GAP.x);
const top = ({ row }: Place) => row * (CARD.height + GAP.y);

/** The cards, with a line from each service to the cards to which its variables refer. */
export function ServiceMap({ cards, edges }: ServiceMapProps) {
  const places = layOut(
    cards.map(({ slug }) => slug),
    edges,
  );
  const all = [...places.values()];
  const width = Math.max(...all.map(left)) + CARD.width;
  const height = Math.max(...all.map(top)) + CARD.height;
  return (
    <section aria-label="Map of the environment" className="overflow-x-auto pb-2">
      <ul className="sr-only">
        {edges.map(({ from, to }) => (
          <li key={`${from} ${to}`}>{`${from} uses ${to}`}</li>
        ))}
      </ul>
      <div className="relative" style={{ width, height }}>
        <svg aria-hidden="true" width={width} height={height} className="absolute inset-0 text-line-strong">
          <marker id={ARROW} viewBox="0 0 8 8" refX={7} refY={4} markerWidth={7} markerHeight={7} orient="auto">
            <path d="M0 0 8 4 0 8z" fill="currentColor" />
          </marker>
          {edges.map((edge) => (
            <path
              key={`${edge.from} ${edge.to}`}
              d={curve(places.get(edge.from), places.get(edge.to))}
              fill="none"
              stroke="currentColor"
              strokeWidth={1.5}
              markerEnd={`url(#${ARROW})`}
            />
          ))}
        </svg>
        <ul>
          {cards.map(({ slug, content }) => {
            const at = places.get(slug) ?? { column: 0, row: 0 };
            return (
              <li
                key={slug}
                className="absolute"
                style={{ left: left(at), top: top(at), width: CARD.width, height: CARD.height }}
              >
                {content}
              </li>
            );
          })}
        </ul>
      </div>
    </section>
  );
}

/** The line from the right side of one card to the left side of another. */
function curve(from: Place | undefined, to: Place | undefined): string {
  if (from === undefined || to === undefined) return '';
  const [x1, y1] = [left(from) + CARD.width, top(from) + CARD.height / 2];
  const [x2, y2] = [left(to), top(to) + CARD.height / 2];
  const bend = Math.max(GAP.x / 2, Math.abs(x2 - x1) / 2);
  return `M ${x1} ${y1} C ${x1 + bend} ${y1}, ${x2 - bend} ${y2}, ${x2} ${y2}`;
}
