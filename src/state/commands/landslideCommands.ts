import { changeLandslide, selectLandslide, stepLandslide } from '../actions/landslides'
import { canChangeLandslide, landslidesAreCurrent, listedLandslides } from '../landslideSelectors'
import type { StudioState } from '../studioState'
import type { Command } from './command'

const hasLandslides = (state: StudioState) =>
  landslidesAreCurrent(state) && listedLandslides(state).length > 0

export const landslideCommands: readonly Command[] = [
  {
    id: 'next-landslide',
    title: 'Keep, next landslide',
    description:
      'Keeps the outlined landslide as it is, outlines the next of the list and brings it into view.',
    group: 'Review',
    keys: ['f'],
    isEnabled: hasLandslides,
    run: studio => stepLandslide(studio, 1),
  },
  {
    id: 'previous-landslide',
    title: 'Previous landslide',
    group: 'Review',
    keys: ['Shift+f'],
    isEnabled: hasLandslides,
    run: studio => stepLandslide(studio, -1),
  },
  {
    id: 'remove-landslide',
    title: 'Remove landslide',
    description: 'Erases the outlined landslide to background, as one step that undo takes back.',
    group: 'Review',
    keys: ['Delete'],
    changesProject: true,
    isEnabled: canChangeLandslide,
    run: studio => changeLandslide(studio, 'background'),
  },
  {
    id: 'unsure-landslide',
    title: 'Unsure of landslide',
    description: 'Has training ignore the outlined landslide, as one step that undo takes back.',
    group: 'Review',
    keys: ['Shift+u'],
    changesProject: true,
    isEnabled: canChangeLandslide,
    run: studio => changeLandslide(studio, 'ignore'),
  },
  {
    id: 'unselect-landslide',
    title: 'Drop the outline',
    group: 'Review',
    keys: [],
    isEnabled: state => state.selectedLandslide !== null,
    run: studio => selectLandslide(studio, null),
  },
]
