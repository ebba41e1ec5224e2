import { expect, test } from 'vitest'
import { patchRecordFixture, scenePieceFixture, verdictFixture } from '../../core/review/records.testing'
import { placementOf } from '../geo/placement'
import { rejudged } from './minimap'

const cells = [1, 2].map(column => scenePieceFixture(column))
const [first, second] = cells.map(({ id }) => id) as [string, string]
const accepted = (patchId: string) => verdictFixture({ id: `v-${patchId}`, patchId, kind: 'accepted' })

const names = (patches: typeof cells, before: object, now: object) => {
  const [group] = placementOf(patches).groups
  return rejudged(group!, before as never, now as never).map(({ patch }) => patch.id)
}

test('of a scene the cells are drawn again whose verdict is another kind', () => {
  const one = { [first]: accepted(first) }
  expect(names(cells, {}, one)).toEqual([first])
  expect(names(cells, one, {})).toEqual([first])
  expect(names(cells, one, { ...one, [second]: accepted(second) })).toEqual([second])
  const corrected = { [first]: { ...accepted(first), kind: 'corrected' } }
  expect(names(cells, one, corrected)).toEqual([first])
  expect(names(cells, one, { [first]: { ...accepted(first), note: 'the same colour' } })).toEqual([])
})

test('beside other rasters all are: what lies on what shows', () => {
  const { georeference } = cells[0]!
  const loose = patchRecordFixture({ id: 'loose', georeference })
  const all = [...cells, loose]
  expect(names(all, {}, { [first]: accepted(first) })).toEqual(all.map(({ id }) => id))
})
