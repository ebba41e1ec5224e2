import { expect, test } from 'vitest'
import { paneState } from '../layers/panes'
import { openProject } from '../session/openProject'
import { emptyDisk, openStudio, patchRecord } from '../studio.testing'
import { moveSwipe, showViewMode, toggleViewMode } from './actions'
import { MAX_SWIPE, MIN_SWIPE } from './slice'

async function open(preferences = new Map<string, string>()) {
  const disk = { ...emptyDisk([patchRecord('1'), patchRecord('2')]), preferences }
  const studio = openStudio(disk)
  await openProject(studio)
  return studio
}

test('the key of the mode that is on leads back to the single patch', async () => {
  const studio = await open()
  toggleViewMode(studio, 'sheet')
  expect(studio.store.getState().view.mode).toBe('sheet')
  toggleViewMode(studio, 'map')
  expect(studio.store.getState().view.mode).toBe('map')
  toggleViewMode(studio, 'map')
  expect(studio.store.getState().view.mode).toBe('single')
})

test('mode, panes and divider survive a reload; damaged ones fall back one by one', async () => {
  const preferences = new Map<string, string>()
  const studio = await open(preferences)
  showViewMode(studio, 'swipe')
  studio.store.change({ view: { swipeAt: 0.3, sheetSize: 96 } })
  const again = (await open(preferences)).store.getState()
  expect(again.view).toMatchObject({ mode: 'swipe', swipeAt: 0.3, sheetSize: 96 })
  expect(paneState(again, 'second').layers.baseLayer).toBe('false-colour')

  preferences.set('scarp.view', JSON.stringify({ mode: 'swipe', swipeAt: 7, sheetContent: 'mask' }))
  preferences.set('scarp.layers', JSON.stringify({ otherPane: { baseLayer: 4 } }))
  expect((await open(preferences)).store.getState()).toMatchObject({
    view: { mode: 'single', swipeAt: 0.5 },
    layers: { otherPane: null },
  })
})

test('the divider can always be taken back', async () => {
  const studio = await open()
  moveSwipe(studio, 1.7)
  expect(studio.store.getState().view.swipeAt).toBe(MAX_SWIPE)
  moveSwipe(studio, -1)
  expect(studio.store.getState().view.swipeAt).toBe(MIN_SWIPE)
})
