import { always, type Command } from '../command'
import { askForFiles } from '../shell/actions'
import type { StudioState } from '../studioState'
import { showInspector } from '../view/actions'
import { fadeOverlays, peek, resetStretch, setLayers, showNextOverlay } from './actions'
import { placedPatch } from './references'
import { BASE_LAYERS, type Overlay } from './slice'

/** One overlay by its name; chosen again, it goes. */
const overlay = (id: Overlay, title: string, description: string): Command => ({
  id,
  title,
  description,
  group: 'Layers',
  keys: [],
  isEnabled: always,
  isOn: state => isShown(state, id),
  run: studio => setLayers(studio, { overlay: id, showProbability: !isShown(studio.store.getState(), id) }),
})

const isShown = ({ layers }: StudioState, id: Overlay) => layers.showProbability && layers.overlay === id

export const layerCommands: readonly Command[] = [
  ...BASE_LAYERS.map(
    ({ id, title }, index): Command => ({
      id: `base-${id}`,
      where: 'everywhere',
      title,
      group: 'Layers',
      keys: [`Shift+Digit${index + 1}`],
      isEnabled: always,
      run: studio => setLayers(studio, { baseLayer: id }),
    }),
  ),
  {
    id: 'toggle-mask',
    title: 'Show mask',
    group: 'Layers',
    keys: ['m'],
    isEnabled: always,
    isOn: state => state.layers.showMask,
    run: studio => setLayers(studio, { showMask: !studio.store.getState().layers.showMask }),
  },
  {
    id: 'toggle-probability',
    title: 'Show overlay',
    description: 'The one that was last chosen.',
    group: 'Layers',
    keys: ['o'],
    isEnabled: always,
    isOn: state => state.layers.showProbability,
    run: studio => setLayers(studio, { showProbability: !studio.store.getState().layers.showProbability }),
  },
  overlay('probability', 'Show probability', 'How sure the networks are that a pixel is landslide.'),
  overlay('disagreement', 'Show disagreement', 'How far the networks are apart.'),
  {
    id: 'peek',
    title: 'Hide overlays while held',
    group: 'Layers',
    keys: ['h'],
    isEnabled: always,
    run: studio => peek(studio, true),
    release: studio => peek(studio, false),
  },
  {
    id: 'add-outlines',
    title: 'Add outlines',
    description: 'Lay the polygons of a GeoJSON or GeoPackage over the map, for this session.',
    group: 'Layers',
    keys: [],
    isEnabled: state => placedPatch(state) !== null,
    obstacle: () => 'No patch has a location: there is no map to lay outlines over.',
    run: studio => askForFiles(studio, 'outlines'),
  },
  {
    id: 'opacity-down',
    title: 'Decrease overlay opacity',
    group: 'Layers',
    keys: [','],
    isEnabled: always,
    run: studio => fadeOverlays(studio, -0.1),
  },
  {
    id: 'opacity-up',
    title: 'Increase overlay opacity',
    group: 'Layers',
    keys: ['.'],
    isEnabled: always,
    run: studio => fadeOverlays(studio, 0.1),
  },
  {
    id: 'inspect',
    where: 'everywhere',
    title: 'Inspect values',
    description: 'All bands, terrain and probabilities of a pixel. Arrow keys move the crosshair.',
    group: 'Layers',
    keys: ['i'],
    isEnabled: state => state.view.selectedId !== null,
    run: studio => showInspector(studio, !studio.store.getState().view.inspecting),
  },
  {
    id: 'next-overlay',
    title: 'Next overlay',
    description: 'Probability, disagreement, entropy, then the layers of rounds.',
    group: 'Layers',
    keys: ['y'],
    isEnabled: always,
    run: showNextOverlay,
  },
  {
    id: 'toggle-contours',
    where: 'everywhere',
    title: 'Show contours',
    group: 'Layers',
    keys: [],
    isEnabled: always,
    run: studio => setLayers(studio, { showContours: !studio.store.getState().layers.showContours }),
  },
  {
    id: 'reset-stretch',
    where: 'everywhere',
    title: 'Reset stretch',
    description: 'Back to the percentile stretch for all channels.',
    group: 'Layers',
    keys: [],
    isEnabled: state => state.layers.stretches[state.layers.baseLayer]?.some(Boolean) ?? false,
    run: studio => resetStretch(studio, studio.store.getState().layers.baseLayer),
  },
]
