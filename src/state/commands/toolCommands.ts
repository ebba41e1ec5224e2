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

const choose = (id: Tool, title: string, key: string): Command => ({
  id,
  title,
  group: 'Tools',
  keys: [key],
  isEnabled: always,
  run: studio => studio.store.setState({ tool: id }),
})

export const toolCommands: readonly Command[] = [
  choose('pan', 'Pan', 'v'),
  choose('brush', 'Brush', 'b'),
  choose('erase', 'Erase', 'e'),
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
    id: 'hold-pan',
    title: 'Pan while held',
    group: 'Tools',
    keys: ['Space'],
    isEnabled: always,
    run: studio => studio.store.setState({ panning: true }),
    release: studio => studio.store.setState({ panning: false }),
  },
]
