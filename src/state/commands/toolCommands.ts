import { cancelPolygon } from '../actions/drawShape'
import { pickAt } from '../actions/pickAt'
import { isReviewable, selectedPatch } from '../selectors'
import type { MaskClass } from '../slices/editSlice'
import { MAX_BRUSH_RADIUS, MIN_BRUSH_RADIUS, type Tool } from '../slices/viewSlice'
import type { Studio } from '../studio'
import { always, type Command } from './command'

/** Radii grow by about a quarter a step, so that small brushes are set finely and large ones reached soon. */
function resizeBrush(studio: Studio, factor: number): void {
  const { brushRadius } = studio.store.getState()
  const next = brushRadius * factor
  const stepped = factor > 1 ? Math.max(brushRadius + 0.5, next) : Math.min(brushRadius - 0.5, next)
  const rounded = Math.round(stepped * 2) / 2
  studio.store.setState({ brushRadius: Math.min(MAX_BRUSH_RADIUS, Math.max(MIN_BRUSH_RADIUS, rounded)) })
}

const choose = (id: Tool, title: string, key: string, description: string): Command => ({
  id,
  title,
  description,
  group: 'Tools',
  keys: [key],
  isEnabled: always,
  run: studio => {
    if (id !== 'polygon') cancelPolygon(studio)
    studio.store.setState({ tool: id })
  },
})

/** Classes in the order of their keys. */
export const CLASSES: readonly { value: MaskClass; id: string; title: string }[] = [
  { value: 1, id: 'class-landslide', title: 'Landslide' },
  { value: 0, id: 'class-background', title: 'Background' },
  { value: 255, id: 'class-ignore', title: 'Ignore' },
]

export const toolCommands: readonly Command[] = [
  choose('pan', 'Pan', 'v', 'Drag moves the map.'),
  choose('brush', 'Brush', 'b', 'Paint the class in hand with a round brush.'),
  choose('erase', 'Erase', 'e', 'Paint background.'),
  choose(
    'polygon',
    'Polygon',
    'p',
    'Click points; Enter or a double click closes, Backspace takes the last point back, Escape cancels. Alt subtracts.',
  ),
  choose('lasso', 'Lasso', 'l', 'Draw round pixels to set them. Alt subtracts.'),
  choose('fill', 'Fill', 'g', 'Set connected pixels that are alike. Alt subtracts.'),
  choose(
    'pick',
    'Pick class',
    'Shift+c',
    'Take the class of a pixel, and outline the landslide that it belongs to.',
  ),
  ...CLASSES.map(
    ({ value, id, title }, index): Command => ({
      id,
      title: `Paint ${title.toLowerCase()}`,
      group: 'Tools',
      keys: [String(index + 1)],
      isEnabled: always,
      run: studio => studio.store.setState({ paintClass: value }),
    }),
  ),
  {
    id: 'brush-smaller',
    title: 'Smaller brush',
    group: 'Tools',
    keys: ['['],
    isEnabled: always,
    run: studio => resizeBrush(studio, 0.8),
  },
  {
    id: 'brush-larger',
    title: 'Larger brush',
    group: 'Tools',
    keys: [']'],
    isEnabled: always,
    run: studio => resizeBrush(studio, 1.25),
  },
  {
    id: 'pick-at-crosshair',
    title: 'Pick class at the crosshair',
    group: 'Tools',
    keys: [],
    isEnabled: state => isReviewable(selectedPatch(state)) && state.crosshair !== null,
    run: studio => {
      const { crosshair } = studio.store.getState()
      if (crosshair) pickAt(studio, crosshair)
    },
  },
  {
    id: 'hold-pan',
    title: 'Pan while held',
    group: 'Tools',
    keys: ['Space'],
    isEnabled: always,
    run: studio => studio.store.setState({ panning: true }),
    release: studio => studio.store.setState({ panning: false }),
  },
]
