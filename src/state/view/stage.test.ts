import { expect, test } from 'vitest'
import { initialStudioState, type StateChange, withChange } from '../studioState'
import { stageChanged } from './stage'

const redraws = (change: StateChange) =>
  (['patch', 'map'] as const).filter(picture =>
    stageChanged(withChange(initialStudioState, change), initialStudioState, picture),
  )

test('what a picture shows redraws it, on the patch, the map or both', () => {
  expect(redraws({ layers: { activePane: 'second' } })).toEqual(['patch'])
  // The ground of scenes.
  expect(redraws({ layers: { baseLayer: 'swir' } })).toEqual(['patch', 'map'])
  expect(redraws({ view: { mapCrs: 'EPSG:32650' } })).toEqual(['map'])
  expect(redraws({ view: { zoomRequest: 1 } })).toEqual(['patch', 'map'])
  expect(redraws({ edit: { crosshair: { column: 1.5, row: 1.5 } } })).toEqual(['patch', 'map'])
  // The fill's outline under a pointer that rests.
  expect(redraws({ edit: { fillTolerance: 0.2 } })).toEqual(['patch', 'map'])
})

test('progress, notices and dialogs redraw nothing', () => {
  expect(
    redraws({ shell: { jobs: { round: { kind: 'round', progress: null, cancelling: false } } } }),
  ).toEqual([])
  expect(redraws({ rounds: { live: {} }, session: { pendingWrites: 7 } })).toEqual([])
  expect(redraws({ shell: { dialog: 'storage' }, patches: { queue: ['a'] } })).toEqual([])
  expect(redraws({})).toEqual([])
})
