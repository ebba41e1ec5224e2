import { expect, test } from 'vitest'
import { sceneFixture, scenePieceFixture } from '../../core/review/records.testing'
import { readPatches } from '../patches/actions'
import { openProject } from '../session/openProject'
import { emptyDisk, openStudio, patchRecord } from '../studio.testing'

test('scenes are there when the project is open, and are read again with their cells', async () => {
  const disk = { ...emptyDisk([patchRecord('t1')]), scenes: [sceneFixture()] }
  disk.patches.push(scenePieceFixture(0), scenePieceFixture(1))
  const studio = openStudio(disk)
  await openProject(studio)
  const known = () => {
    const { scenes, patches } = studio.store.getState()
    return [scenes.list.map(({ name }) => name), patches.list.map(({ id }) => id)]
  }
  expect(known()).toEqual([['S2A_T33TWM'], ['t1', 'scene_1~r00c01']])

  // As the files worker adds another one.
  disk.scenes.push(sceneFixture({ id: 'scene_2', name: 'S2B' }))
  const { cell, ...piece } = scenePieceFixture(2)
  disk.patches = [...disk.patches, { ...piece, cell: { ...cell!, sceneId: 'scene_2' } }]
  let whole = true
  studio.store.subscribe(({ scenes, patches }) => {
    const ids = new Set(scenes.list.map(({ id }) => id))
    whole &&= patches.list.every(patch => !patch.cell || ids.has(patch.cell.sceneId))
  })
  await readPatches(studio)
  expect(known()).toEqual([
    ['S2A_T33TWM', 'S2B'],
    ['t1', 'scene_1~r00c01', 'scene_1~r00c02'],
  ])
  expect(whole).toBe(true)
})
