import type { Polygon } from '../scenes/polygons'
import { assetOf, EXTENSIONS, placeOf, type StacFile } from './stacItem'

/** An item of a collection. */
export interface CollectedItem {
  id: string
  /** Relative to the collection. */
  href: string
  /** As of the item. */
  footprint: readonly Polygon[] | null
  /** ISO 8601; null: not known. */
  sensed: string | null
}

export interface CollectionFacts {
  /** Letters, digits and "-", "_". */
  id: string
  title: string
  description: string
  keywords: readonly string[]
  items: readonly CollectedItem[]
  /** Values that the items have, by field, in one order. */
  summaries: Readonly<Record<string, readonly unknown[]>>
  /** Of the collection itself. */
  files: readonly StacFile[]
}

/** Where nothing says where the items lie, the extent has to be the whole Earth. */
const WHOLE_EARTH = [-180, -90, 180, 90]

/**
 * A STAC 1.1 collection with a link to each item. Plain data, whose keys come in one order; nothing of it depends on a clock.
 * Its spatial extent is the box of all items that have a place, its time that of the images, open where none is known.
 */
export function stacCollection(facts: CollectionFacts): Record<string, unknown> {
  const placed = facts.items.flatMap(({ footprint }) => footprint ?? [])
  const times = facts.items.flatMap(({ sensed }) => sensed ?? []).sort()
  return {
    type: 'Collection',
    stac_version: '1.1.0',
    stac_extensions: [EXTENSIONS.file, EXTENSIONS.projection],
    id: facts.id,
    title: facts.title,
    description: facts.description,
    keywords: facts.keywords,
    // Who made the results says under which terms they are given on: nothing here knows it.
    license: 'other',
    extent: {
      spatial: { bbox: [placed.length > 0 ? placeOf(placed).bbox : WHOLE_EARTH] },
      temporal: { interval: [[times[0] ?? null, times.at(-1) ?? null]] },
    },
    summaries: Object.fromEntries(Object.entries(facts.summaries).filter(([, values]) => values.length > 0)),
    links: [
      { rel: 'root', href: './collection.json', type: 'application/json', title: facts.title },
      ...facts.items.map(({ id, href }) => ({ rel: 'item', href, type: 'application/geo+json', title: id })),
    ],
    assets: Object.fromEntries(facts.files.map(file => [file.key, assetOf(file)])),
  }
}
