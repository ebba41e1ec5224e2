import { expect, test } from 'vitest'
import { commandById } from '../commandList'
import { openProject } from '../session/openProject'
import { emptyDisk, openStudio, patchRecord } from '../studio.testing'
import { selectPatch } from './actions'
import { cellBeside } from './cells'

/** Two rows of three, without the middle of the first; and a cell of another scene. */
async function open() {
  const cell = (id: string, row: number, column: number, sceneId = 's') => ({
    ...patchRecord(id),
    cell: { sceneId, row, column, window: { column: column * 512, row: row * 512, width: 512, height: 512 } },
  })
  const studio = openStudio(
    emptyDisk([
      cell('nw', 0, 1),
      cell('ne', 0, 3),
      cell('sw', 1, 1),
      cell('s', 1, 2),
      cell('se', 1, 3),
      cell('other', 0, 2, 'another'),
      patchRecord('loose'),
    ]),
  )
  await openProject(studio)
  await selectPatch(studio, 'nw')
  return studio
}

test('neighbours are one key away, over gaps, within the scene', async () => {
  const studio = await open()
  const press = (direction: string) => commandById(`cell-${direction}`).run(studio)
  const selected = () => studio.store.getState().view.selectedId
  press('right')
  expect(selected()).toBe('ne')
  press('below')
  expect(selected()).toBe('se')
  press('left')
  expect(selected()).toBe('s')
  expect(cellBeside(studio.store.getState(), 'above')).toBeNull()
  press('above')
  expect(selected()).toBe('s')
})

test('where there is none, it says why', async () => {
  const studio = await open()
  const above = commandById('cell-above')
  expect(above.isEnabled(studio.store.getState())).toBe(false)
  expect(above.obstacle!(studio.store.getState())).toBe('The scene has no cell there.')
  await selectPatch(studio, 'loose')
  expect(above.isEnabled(studio.store.getState())).toBe(false)
  expect(above.obstacle!(studio.store.getState())).toBe('This patch is not a cell of a scene.')
})
