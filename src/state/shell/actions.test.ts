import { expect, test } from 'vitest'
import { createStudioStore } from '../studioState'
import {
  closeDialog,
  openDialog,
  rememberCommand,
  revealForTour,
  revealPanel,
  setColumnWidth,
  setNarrow,
  toggleColumn,
} from './actions'

const open = () => ({ store: createStudioStore({ getItem: () => null, setItem: () => undefined }) })

test('a column that is asked for again is hidden again, and in a narrow window lies over the image alone', () => {
  const studio = open()
  const shell = () => studio.store.getState().shell
  toggleColumn(studio, 'panels')
  expect(shell().hiddenColumns).toEqual(['panels'])
  toggleColumn(studio, 'panels')
  expect(shell().hiddenColumns).toEqual([])
  setNarrow(studio, true)
  toggleColumn(studio, 'panels')
  toggleColumn(studio, 'patches')
  expect(shell()).toMatchObject({ drawer: 'patches', hiddenColumns: [] })
  setNarrow(studio, false)
  expect(shell().drawer).toBeNull()
})

test('a column keeps the width it was dragged to over a reload, within limits, until it is put back', () => {
  const kept = new Map<string, string>()
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  }
  const studio = { store: createStudioStore(storage) }
  setColumnWidth(studio, 'patches', 333.4)
  setColumnWidth(studio, 'panels', 5000)
  const again = { store: createStudioStore(storage) }
  expect(again.store.getState().shell.columnWidths).toEqual({ patches: 333, panels: 480 })
  setColumnWidth(again, 'panels', null)
  setColumnWidth(again, 'patches', -1)
  expect(again.store.getState().shell.columnWidths).toEqual({ patches: 200 })
})

test('a dialog that is closed by name leaves another one open', () => {
  const studio = open()
  openDialog(studio, 'export')
  closeDialog(studio, 'take-over')
  expect(studio.store.getState().shell.dialog).toBe('export')
  closeDialog(studio)
  expect(studio.store.getState().shell.dialog).toBeNull()
})

test('the commands run last come first, each once and not without end', () => {
  const studio = open()
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'b']) rememberCommand(studio, id)
  expect(studio.store.getState().shell.recentCommands).toEqual(['b', 'i', 'h', 'g', 'f', 'e', 'd', 'c'])
})

test('a panel asked for by name is unfolded in a column that is shown, each time it is asked for', () => {
  const studio = open()
  studio.store.change({ shell: { foldedPanels: ['Rounds', 'Edit'], hiddenColumns: ['panels', 'patches'] } })
  revealPanel(studio, 'Rounds')
  expect(studio.store.getState().shell).toMatchObject({
    foldedPanels: ['Edit'],
    hiddenColumns: ['patches'],
    revealed: { title: 'Rounds', serial: 1 },
  })
  setNarrow(studio, true)
  revealPanel(studio, 'Rounds')
  expect(studio.store.getState().shell).toMatchObject({ drawer: 'panels', revealed: { serial: 2 } })
})

test('a stop of the tour is brought into sight', () => {
  const studio = open()
  studio.store.change({ shell: { foldedPanels: ['Edit', 'Layers'], hiddenColumns: ['panels', 'patches'] } })
  revealForTour(studio, { panel: 'Edit', column: 'panels' })
  expect(studio.store.getState().shell).toMatchObject({
    foldedPanels: ['Layers'],
    hiddenColumns: ['patches'],
    drawer: 'panels',
  })
})
