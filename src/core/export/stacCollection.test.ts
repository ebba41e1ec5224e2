import { expect, test } from 'vitest'
import type { Polygon } from '../scenes/polygons'
import { type CollectionFacts, stacCollection } from './stacCollection'

const square = (left: number, bottom: number): Polygon => [
  [left, bottom, left + 1, bottom, left + 1, bottom + 1, left, bottom + 1],
]

const facts: CollectionFacts = {
  id: 'scarp-run-1',
  title: 'A run',
  description: 'Two scenes',
  keywords: ['landslide'],
  items: [
    { id: 'b', href: './items/b.json', footprint: [square(13, 46)], sensed: '2020-07-04T09:50:29Z' },
    { id: 'a', href: './items/a.json', footprint: [square(9, 44)], sensed: '2020-06-01T09:50:29Z' },
    { id: 'c', href: './items/c.json', footprint: null, sensed: null },
  ],
  summaries: { 'proj:code': ['EPSG:32633'], 'scarp:architectures': [] },
  files: [
    {
      ...{ key: 'landslides', path: 'landslides.gpkg', title: 'Landslides', roles: ['data'] },
      ...{ mediaType: 'application/geopackage+sqlite3', bytes: 12, sha256: 'ab'.repeat(32) },
    },
  ],
}

test('a collection has what STAC 1.1 asks of one', () => {
  const collection = stacCollection(facts)
  expect(collection).toMatchObject({
    ...{ type: 'Collection', stac_version: '1.1.0', id: 'scarp-run-1', license: 'other' },
    extent: {
      spatial: { bbox: [[9, 44, 14, 47]] },
      temporal: { interval: [['2020-06-01T09:50:29Z', '2020-07-04T09:50:29Z']] },
    },
    summaries: { 'proj:code': ['EPSG:32633'] },
  })
  // A summary of nothing is none.
  expect(Object.keys(collection.summaries as object)).toEqual(['proj:code'])
  expect(collection.links).toEqual([
    { rel: 'root', href: './collection.json', type: 'application/json', title: 'A run' },
    ...['b', 'a', 'c'].map(id => ({
      ...{ rel: 'item', href: `./items/${id}.json`, type: 'application/geo+json', title: id },
    })),
  ])
  expect(collection.assets).toEqual({
    landslides: {
      ...{ href: './landslides.gpkg', title: 'Landslides', type: 'application/geopackage+sqlite3' },
      ...{ roles: ['data'], 'file:size': 12, 'file:checksum': `1220${'ab'.repeat(32)}` },
    },
  })
})

test('without a place or a time the extent is open', () => {
  const [, , lost] = facts.items
  expect(stacCollection({ ...facts, items: [lost!] }).extent).toEqual({
    spatial: { bbox: [[-180, -90, 180, 90]] },
    temporal: { interval: [[null, null]] },
  })
})
