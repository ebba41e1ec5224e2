import type { BaseLayer } from '../../core/patches/baseLayers'
import { always, type Command } from '../command'
import type { Studio } from '../studio'
import { selectNeighbour } from '../view/actions'
import { resetStretch } from './actions'
import type { Overlay } from './slice'

/** Both overlays that are shown grow fainter or stronger together, so that one key pair compares them with the image. */
function changeOpacity(studio: Studio, by: number): void {
  const clamp = (value: number) => Math.min(1, Math.max(0, Math.round((value + by) * 100) / 100))
  studio.store.change(state => ({
    layers: {
      ...(state.layers.showProbability && { probabilityOpacity: clamp(state.layers.probabilityOpacity) }),
      ...(state.layers.showMask && { maskOpacity: clamp(state.layers.maskOpacity) }),
    },
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
      run: studio => studio.store.change({ layers: { baseLayer: id } }),
    }),
  ),
  {
    id: 'toggle-mask',
    title: 'Show mask',
    group: 'Layers',
    keys: ['m'],
    isEnabled: always,
    run: studio => studio.store.change(state => ({ layers: { showMask: !state.layers.showMask } })),
  },
  {
    id: 'toggle-probability',
    title: 'Show overlay',
    group: 'Layers',
    keys: ['o'],
    isEnabled: always,
    run: studio =>
      studio.store.change(state => ({ layers: { showProbability: !state.layers.showProbability } })),
  },
  {
    id: 'peek',
    title: 'Hide overlays while held',
    group: 'Layers',
    keys: ['h'],
    isEnabled: always,
    run: studio => studio.store.change({ layers: { peeking: true } }),
    release: studio => studio.store.change({ layers: { peeking: false } }),
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
    isEnabled: state => state.view.selectedId !== null,
    run: studio => studio.store.change(state => ({ view: { fitRequest: state.view.fitRequest + 1 } })),
  },
  {
    id: 'next-patch',
    title: 'Next patch',
    group: 'Patches',
    keys: ['j', 'ArrowDown'],
    isEnabled: state => state.patches.list.length > 0,
    run: studio => selectNeighbour(studio, 1),
  },
  {
    id: 'previous-patch',
    title: 'Previous patch',
    group: 'Patches',
    keys: ['k', 'ArrowUp'],
    isEnabled: state => state.patches.list.length > 0,
    run: studio => selectNeighbour(studio, -1),
  },
]

export const OVERLAYS: readonly { id: Overlay; title: string; detail: string }[] = [
  { id: 'probability', title: 'Probability', detail: 'of landslide, by a network or by their mean' },
  { id: 'disagreement', title: 'Disagreement', detail: 'largest minus smallest probability of the networks' },
  { id: 'entropy', title: 'Entropy', detail: 'of the ensemble, in bits: 1 where it cannot tell' },
  { id: 'round-mask', title: 'Mask of a round', detail: "a round's networks at the threshold as it is set" },
  { id: 'round-difference', title: 'Change between rounds', detail: 'pixels gained and lost' },
  {
    id: 'against-verdict',
    title: 'Round against verdict',
    detail: 'what you added to a round and took from it',
  },
]

export const layerCommands: readonly Command[] = [
  {
    id: 'inspect',
    title: 'Inspect values',
    description: 'All bands, terrain and probabilities of a pixel; arrow keys move a crosshair.',
    group: 'Layers',
    keys: ['i'],
    isEnabled: state => state.view.selectedId !== null,
    run: studio => studio.store.change(state => ({ view: { inspecting: !state.view.inspecting } })),
  },
  {
    id: 'next-overlay',
    title: 'Next overlay',
    description: 'Probability, disagreement, entropy, then the layers of rounds.',
    group: 'Layers',
    keys: ['y'],
    isEnabled: always,
    run: studio =>
      studio.store.change(state => {
        const count =
          state.rounds.list.length === 0 ? 3 : state.rounds.list.length === 1 ? 4 : OVERLAYS.length
        const at = OVERLAYS.findIndex(({ id }) => id === state.layers.overlay)
        const next = state.layers.showProbability ? OVERLAYS[(at + 1) % count] : OVERLAYS[at]
        return { layers: { overlay: next?.id ?? 'probability', showProbability: true } }
      }),
  },
  {
    id: 'toggle-contours',
    title: 'Show contours',
    group: 'Layers',
    keys: [],
    isEnabled: always,
    run: studio => studio.store.change(state => ({ layers: { showContours: !state.layers.showContours } })),
  },
  {
    id: 'reset-stretch',
    title: 'Reset stretch',
    description: 'The ends of every channel by percentile again.',
    group: 'Layers',
    keys: [],
    isEnabled: state => state.layers.stretches[state.layers.baseLayer]?.some(Boolean) ?? false,
    run: studio => resetStretch(studio, studio.store.getState().layers.baseLayer),
  },
]
