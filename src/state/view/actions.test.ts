import { expect, test, vi } from 'vitest'
import { openProject } from '../session/openProject'
import { emptyDisk, openStudio, patchRecord, SIDE } from '../studio.testing'
import { activatePane, inspectPixel, moveSwipe, paneState, showViewMode, toggleViewMode } from './actions'
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

test('two panes choose apart, and what the layers panel sets goes with the active one', async () => {
  const studio = await open()
  const { store } = studio
  store.change({ layers: { baseLayer: 'true-colour', showMask: true } })
  showViewMode(studio, 'side-by-side')
  expect(paneState(store.getState(), 'first').layers.baseLayer).toBe('true-colour')
  expect(paneState(store.getState(), 'second').layers.baseLayer).toBe('false-colour')

  activatePane(studio, 'second')
  store.change({ layers: { baseLayer: 'slope', showMask: false } })
  const state = store.getState()
  expect(paneState(state, 'first').layers).toMatchObject({ baseLayer: 'true-colour', showMask: true })
  expect(paneState(state, 'second').layers).toMatchObject({ baseLayer: 'slope', showMask: false })

  activatePane(studio, 'first')
  expect(store.getState().layers.baseLayer).toBe('true-colour')
  expect(paneState(store.getState(), 'second').layers.baseLayer).toBe('slope')
})

test('what the other pane shows is rendered when the mode, the patch or its choice changes', async () => {
  const studio = await open()
  const call = vi.spyOn(studio.files, 'call')
  const rendered = () => call.mock.calls.map(([, request]) => (request as { layer: string }).layer)
  showViewMode(studio, 'swipe')
  await vi.waitFor(() => expect(rendered()).toContain('false-colour'))
  activatePane(studio, 'second')
  studio.store.change({ layers: { baseLayer: 'swir' } })
  activatePane(studio, 'first')
  await vi.waitFor(() => expect(rendered()).toContain('swir'))
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

test('the divider can always be taken back, and the inspector reads no pixel outside the patch', async () => {
  const studio = await open()
  moveSwipe(studio, 1.7)
  expect(studio.store.getState().view.swipeAt).toBe(MAX_SWIPE)
  moveSwipe(studio, -1)
  expect(studio.store.getState().view.swipeAt).toBe(MIN_SWIPE)
  inspectPixel(studio, { column: 100, row: -3 })
  expect(studio.store.getState().view.inspectedPixel).toEqual({ column: SIDE - 1, row: 0 })
})
