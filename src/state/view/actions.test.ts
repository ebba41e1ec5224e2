import { expect, test, vi } from 'vitest'
import { openProject } from '../session/openProject'
import { emptyDisk, openStudio, patchRecord } from '../studio.testing'
import { activatePane, paneState, showViewMode, toggleViewMode } from './actions'

async function open(preferences = new Map<string, string>()) {
  const disk = { ...emptyDisk([patchRecord('1'), patchRecord('2')]), preferences }
  const studio = openStudio(disk)
  await openProject(studio)
  return studio
}

test('the key of the mode that is on leads back to the single patch', async () => {
  const studio = await open()
  toggleViewMode(studio, 'sheet')
  expect(studio.store.getState().viewMode).toBe('sheet')
  toggleViewMode(studio, 'map')
  expect(studio.store.getState().viewMode).toBe('map')
  toggleViewMode(studio, 'map')
  expect(studio.store.getState().viewMode).toBe('single')
})

test('two panes choose apart, and what the layers panel sets goes with the active one', async () => {
  const studio = await open()
  const { store } = studio
  store.setState({ baseLayer: 'true-colour', showMask: true })
  showViewMode(studio, 'side-by-side')
  expect(paneState(store.getState(), 'first').baseLayer).toBe('true-colour')
  expect(paneState(store.getState(), 'second').baseLayer).toBe('false-colour')

  activatePane(studio, 'second')
  store.setState({ baseLayer: 'slope', showMask: false })
  const state = store.getState()
  expect(paneState(state, 'first')).toMatchObject({ baseLayer: 'true-colour', showMask: true })
  expect(paneState(state, 'second')).toMatchObject({ baseLayer: 'slope', showMask: false })

  activatePane(studio, 'first')
  expect(store.getState().baseLayer).toBe('true-colour')
  expect(paneState(store.getState(), 'second').baseLayer).toBe('slope')
})

test('what the other pane shows is rendered when the mode, the patch or its choice changes', async () => {
  const studio = await open()
  const call = vi.spyOn(studio.files, 'call')
  const rendered = () => call.mock.calls.map(([, request]) => (request as { layer: string }).layer)
  showViewMode(studio, 'swipe')
  await vi.waitFor(() => expect(rendered()).toContain('false-colour'))
  activatePane(studio, 'second')
  studio.store.setState({ baseLayer: 'swir' })
  activatePane(studio, 'first')
  await vi.waitFor(() => expect(rendered()).toContain('swir'))
})

test('mode, panes and divider survive a reload; damaged ones fall back one by one', async () => {
  const preferences = new Map<string, string>()
  const studio = await open(preferences)
  showViewMode(studio, 'swipe')
  studio.store.setState({ swipeAt: 0.3, sheetSize: 96 })
  const again = (await open(preferences)).store.getState()
  expect(again).toMatchObject({ viewMode: 'swipe', swipeAt: 0.3, sheetSize: 96 })
  expect(paneState(again, 'second').baseLayer).toBe('false-colour')

  preferences.set(
    'scarp.view-mode',
    JSON.stringify({ viewMode: 'swipe', swipeAt: 7, otherPane: { baseLayer: 4 }, sheetContent: 'mask' }),
  )
  expect((await open(preferences)).store.getState()).toMatchObject({
    viewMode: 'single',
    swipeAt: 0.5,
    otherPane: null,
  })
})
