import type { Found } from '../commands/searchStudio'
import type { Studio } from '../studio'
import { selectPatch } from './selectPatch'

const KEPT = 8

/** Does what was chosen in the palette: runs a command, which then counts as recent, or goes to a patch. */
export function runFound(studio: Studio, found: Found): void {
  // The palette goes first: the command may open a dialog of its own.
  studio.store.setState({ dialog: null })
  if (found.kind === 'patch') {
    void selectPatch(studio, found.patch.id)
    return
  }
  const { id } = found.command
  studio.store.setState(state => ({
    recentCommands: [id, ...state.recentCommands.filter(other => other !== id)].slice(0, KEPT),
  }))
  void found.command.run(studio)
}
