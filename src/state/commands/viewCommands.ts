import type { BaseLayer } from '../../worker/protocol'
import { selectNeighbour } from '../actions/selectPatch'
import type { Studio } from '../studio'
import { always, type Command } from './command'

/** Both overlays that are shown grow fainter or stronger together, so that one key pair compares them with the image. */
function changeOpacity(studio: Studio, by: number): void {
  const clamp = (value: number) => Math.min(1, Math.max(0, Math.round((value + by) * 100) / 100))
  studio.store.setState(state => ({
    ...(state.showProbability && { probabilityOpacity: clamp(state.probabilityOpacity) }),
    ...(state.showMask && { maskOpacity: clamp(state.maskOpacity) }),
  }))
}

export const BASE_LAYERS: readonly { id: BaseLayer; title: string; detail: string }[] = [
  { id: 'true-colour', title: 'True colour', detail: 'B4 B3 B2' },
  { id: 'false-colour', title: 'False colour', detail: 'B8 B4 B3' },
  { id: 'swir', title: 'SWIR', detail: 'B12 B8 B4' },
  { id: 'hillshade', title: 'Hillshade', detail: 'from the DEM' },
  { id: 'slope', title: 'Slope', detail: 'degrees' },
  { id: 'elevation', title: 'Elevation', detail: 'metres' },
  { id: 'custom', title: 'Custom', detail: 'three bands or expressions' },
  { id: 'index', title: 'Index', detail: 'one expression over bands' },
]

export const viewCommands: readonly Command[] = [
  ...BASE_LAYERS.map(
    ({ id, title }, index): Command => ({
      id: `base-${id}`,
      title,
      group: 'Layers',
      keys: [`Shift+Digit${index + 1}`],
      isEnabled: always,
      run: studio => studio.store.setState({ baseLayer: id }),
    }),
  ),
  {
    id: 'toggle-mask',
    title: 'Show mask',
    group: 'Layers',
    keys: ['m'],
    isEnabled: always,
    run: studio => studio.store.setState(state => ({ showMask: !state.showMask })),
  },
  {
    id: 'toggle-probability',
    title: 'Show overlay',
    group: 'Layers',
    keys: ['o'],
    isEnabled: always,
    run: studio => studio.store.setState(state => ({ showProbability: !state.showProbability })),
  },
  {
    id: 'peek',
    title: 'Hide overlays while held',
    group: 'Layers',
    keys: ['h'],
    isEnabled: always,
    run: studio => studio.store.setState({ peeking: true }),
    release: studio => studio.store.setState({ peeking: false }),
  },
  {
    id: 'opacity-down',
    title: 'Fainter overlays',
    group: 'Layers',
    keys: [','],
    isEnabled: always,
    run: studio => changeOpacity(studio, -0.1),
  },
  {
    id: 'opacity-up',
    title: 'Stronger overlays',
    group: 'Layers',
    keys: ['.'],
    isEnabled: always,
    run: studio => changeOpacity(studio, 0.1),
  },
  {
    id: 'fit',
    title: 'Fit to view',
    group: 'View',
    keys: ['0'],
    isEnabled: state => state.selectedId !== null,
    run: studio => studio.store.setState(state => ({ fitRequest: state.fitRequest + 1 })),
  },
  {
    id: 'next-patch',
    title: 'Next patch',
    group: 'Patches',
    keys: ['j', 'ArrowDown'],
    isEnabled: state => state.patches.length > 0,
    run: studio => selectNeighbour(studio, 1),
  },
  {
    id: 'previous-patch',
    title: 'Previous patch',
    group: 'Patches',
    keys: ['k', 'ArrowUp'],
    isEnabled: state => state.patches.length > 0,
    run: studio => selectNeighbour(studio, -1),
  },
]
