import { NO_FILTER } from '../../core/inventory/tableRows'
import type { Command } from '../command'
import type { StudioState } from '../studioState'
import { clearInventoryFilter, openInventory } from './actions'
import { readInventory } from './readTable'

const isOpen = ({ inventory }: StudioState) => inventory.open

export const inventoryCommands: readonly Command[] = [
  {
    id: 'landslides-table',
    title: 'Landslides table',
    description: 'Every landslide of the event with its attributes: sort, filter, go to one.',
    group: 'View',
    keys: ['Shift+l'],
    isEnabled: state => state.inventory.open || state.patches.list.length > 0,
    isOn: isOpen,
    run: studio => openInventory(studio, !studio.store.getState().inventory.open),
  },
  {
    id: 'update-landslides',
    title: 'Update the landslides table',
    description: 'Reads the masks that changed since it was read.',
    group: 'View',
    keys: [],
    isEnabled: state => isOpen(state) && state.inventory.stale > 0 && !state.shell.jobs.inventory,
    obstacle: state =>
      isOpen(state) ? 'The landslides table is up to date.' : 'Open the landslides table first.',
    run: readInventory,
  },
  {
    id: 'clear-landslide-filter',
    title: 'Clear filter of landslides',
    group: 'View',
    keys: [],
    isEnabled: state => isOpen(state) && state.inventory.filter !== NO_FILTER,
    obstacle: state => (isOpen(state) ? 'Nothing is filtered.' : 'Open the landslides table first.'),
    run: clearInventoryFilter,
  },
]
