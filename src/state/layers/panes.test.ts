import { expect, test, vi } from 'vitest'
import { eventually } from '../../core/foundation/eventually.testing'
import { openProject } from '../session/openProject'
import { emptyDisk, openStudio, patchRecord } from '../studio.testing'
import { showViewMode } from '../view/actions'
import { activatePane, paneState } from './panes'

async function open() {
  const disk = emptyDisk([patchRecord('1'), patchRecord('2')])
  const studio = openStudio(disk)
  await openProject(studio)
  return studio
}

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
  const rendered = () => call.mock.calls.map(([, request]) => (request as { layer?: string }).layer)
  showViewMode(studio, 'swipe')
  await eventually(() => expect(rendered()).toContain('false-colour'))
  activatePane(studio, 'second')
  studio.store.change({ layers: { baseLayer: 'swir' } })
  activatePane(studio, 'first')
  await eventually(() => expect(rendered()).toContain('swir'))
})
