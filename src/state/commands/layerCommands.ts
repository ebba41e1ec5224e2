import { resetStretch } from '../actions/layerChoices'
import type { Overlay } from '../slices/layersSlice'
import { always, type Command } from './command'

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
    isEnabled: state => state.selectedId !== null,
    run: studio => studio.store.setState(state => ({ inspecting: !state.inspecting })),
  },
  {
    id: 'next-overlay',
    title: 'Next overlay',
    description: 'Probability, disagreement, entropy, then the layers of rounds.',
    group: 'Layers',
    keys: ['y'],
    isEnabled: always,
    run: studio =>
      studio.store.setState(state => {
        const count = state.rounds.length === 0 ? 3 : state.rounds.length === 1 ? 4 : OVERLAYS.length
        const at = OVERLAYS.findIndex(({ id }) => id === state.overlay)
        const next = state.showProbability ? OVERLAYS[(at + 1) % count] : OVERLAYS[at]
        return { overlay: next?.id ?? 'probability', showProbability: true }
      }),
  },
  {
    id: 'toggle-contours',
    title: 'Show contours',
    group: 'Layers',
    keys: [],
    isEnabled: always,
    run: studio => studio.store.setState(state => ({ showContours: !state.showContours })),
  },
  {
    id: 'reset-stretch',
    title: 'Reset stretch',
    description: 'The ends of every channel by percentile again.',
    group: 'Layers',
    keys: [],
    isEnabled: state => state.stretches[state.baseLayer]?.some(Boolean) ?? false,
    run: studio => resetStretch(studio, studio.store.getState().baseLayer),
  },
]
