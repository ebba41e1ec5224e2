import type { Command } from '../command'
import { askForFiles, openDialog } from '../shell/actions'
import type { StudioState } from '../studioState'
import { askAboutScene, foldScene, removeScene, selectCells } from './sceneActions'
import { sceneOfShown, sceneRemovalObstacle } from './selectors'

const showsCell = (state: StudioState) => sceneOfShown(state) !== null

const NO_CELL = 'The patch on screen is no cell of a scene.'

const noCell = (state: StudioState) => (showsCell(state) || state.patches.list.length === 0 ? null : NO_CELL)

export const sceneCommands: readonly Command[] = [
  {
    id: 'add-scene',
    title: 'Add scene',
    description: 'A Sentinel-2 product or its bands, with an elevation model.',
    group: 'Project',
    keys: [],
    changesProject: true,
    isEnabled: state => state.session.phase === 'ready' && !state.shell.jobs.import,
    run: studio => {
      if (studio.store.getState().scenes.builder) openDialog(studio, 'add-scene')
      else askForFiles(studio, 'files')
    },
  },
  {
    id: 'scene-details',
    title: 'Scene details',
    description: 'What the scene of the cell on screen was made of.',
    group: 'Patches',
    keys: [],
    isEnabled: showsCell,
    obstacle: noCell,
    run: studio => {
      const scene = sceneOfShown(studio.store.getState())
      if (scene) askAboutScene(studio, scene.id, 'scene-details')
    },
  },
  {
    id: 'select-cells',
    title: 'Select all cells',
    description: 'Every cell of the scene on screen.',
    group: 'Patches',
    keys: [],
    isEnabled: showsCell,
    obstacle: noCell,
    run: studio => {
      const scene = sceneOfShown(studio.store.getState())
      if (scene) selectCells(studio, scene.id)
    },
  },
  {
    id: 'fold-scene',
    title: 'Fold scene',
    description: 'Hides the cells of the scene on screen in the list, or shows them.',
    group: 'Patches',
    keys: [],
    isEnabled: showsCell,
    obstacle: noCell,
    isOn: state => state.scenes.folded.includes(sceneOfShown(state)?.id ?? ''),
    run: studio => {
      const scene = sceneOfShown(studio.store.getState())
      if (scene) foldScene(studio, scene.id)
    },
  },
  {
    id: 'remove-scene',
    title: 'Remove scene',
    description: 'Takes the scene on screen out of the project with all its cells; undo brings it back.',
    group: 'Patches',
    keys: [],
    changesProject: true,
    isEnabled: state => showsCell(state) && sceneRemovalObstacle(state) === null,
    obstacle: state => noCell(state) ?? sceneRemovalObstacle(state),
    run: studio => {
      const scene = sceneOfShown(studio.store.getState())
      return scene ? removeScene(studio, scene.id) : undefined
    },
  },
]
