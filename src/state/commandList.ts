import { accuracyCommands } from './accuracy/commands'
import type { Command, CommandGroup } from './command'
import { editCommands } from './edit/commands'
import { inventoryCommands } from './inventory/commands'
import { layerCommands } from './layers/commands'
import { modelCommands } from './models/commands'
import { fileCommands, patchCommands } from './patches/commands'
import { landslideCommands, reviewCommands } from './review/commands'
import { roundCommands } from './rounds/commands'
import { sceneCommands } from './scenes/commands'
import { sessionCommands } from './session/commands'
import { cancelCommand, shellCommands } from './shell/commands'
import { viewCommands } from './view/commands'

/** Everything a person can do, in the order in which the cheat sheet lists a group. */
export const COMMANDS: readonly Command[] = [
  ...modelCommands,
  ...reviewCommands,
  ...landslideCommands,
  ...accuracyCommands,
  ...patchCommands,
  ...sceneCommands,
  ...editCommands,
  ...layerCommands,
  ...viewCommands,
  ...inventoryCommands,
  ...fileCommands,
  cancelCommand,
  ...roundCommands,
  ...sessionCommands,
  ...shellCommands,
]

const byId = new Map(COMMANDS.map(command => [command.id, command]))

export function commandById(id: string): Command {
  const command = byId.get(id)
  if (!command) throw new Error(`There is no command "${id}".`)
  return command
}

export interface CommandMenu {
  title: string
  /** Ids of its commands, by section: what is used most, at most twelve. The palette has them all. */
  sections: readonly (readonly string[])[]
}

export const MENUS: readonly CommandMenu[] = [
  {
    title: 'Project',
    sections: [
      ['open-files', 'open-folder', 'import-report'],
      ['projects', 'new-project', 'duplicate-project', 'rename-project', 'delete-project'],
      ['open-archive', 'save-archive'],
      ['export', 'storage'],
    ],
  },
  {
    title: 'Edit',
    sections: [
      ['undo', 'redo'],
      ['pan', 'brush', 'erase', 'polygon', 'lasso', 'fill', 'pick'],
      ['clean-up-minimum-area', 'clean-up-holes', 'clean-up-majority'],
    ],
  },
  {
    title: 'View',
    sections: [
      ['mode-single', 'mode-swipe', 'mode-side-by-side', 'mode-sheet', 'mode-map'],
      ['toggle-mask', 'probability'],
      ['toggle-patches', 'toggle-panels'],
      ['theme-system', 'theme-light', 'theme-dark'],
    ],
  },
  {
    title: 'Patch',
    sections: [
      ['find-patch', 'next-patch', 'previous-patch'],
      ['rename-patch', 'note'],
      ['attach-mask', 'replace-file'],
      ['hold-out', 'remove-patch'],
    ],
  },
  {
    title: 'Review',
    sections: [
      ['run-ensemble', 'predict-new'],
      ['accept', 'reject', 'unsure', 'skip', 'clear-verdict'],
      ['bulk-accept', 'audit-accuracy', 'landslides-table'],
      ['reviewer', 'audit-log'],
    ],
  },
  {
    title: 'Rounds',
    sections: [
      ['start-round', 'pause-round', 'resume-round', 'discard-round'],
      ['compare-rounds', 'use-parent-round', 'use-latest-round'],
      ['band-statistics'],
    ],
  },
  {
    title: 'Help',
    sections: [
      ['palette', 'cheat-sheet'],
      ['tour', 'open-demo'],
      ['check-machine', 'update'],
    ],
  },
]

/** In the order of the cheat sheet. */
export const COMMAND_GROUPS: readonly CommandGroup[] = [
  'Project',
  'Edit',
  'Tools',
  'Layers',
  'View',
  'Window',
  'Review',
  'Patches',
  'Rounds',
  'Help',
]

/** Commands that a menu or the palette can run: not those that act only while their key is held. */
export function pressable(command: Command): boolean {
  return command.release === undefined
}

export function commandsOf(group: CommandGroup): Command[] {
  return COMMANDS.filter(command => command.group === group)
}
