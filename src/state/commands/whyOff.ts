import { changeObstacle, isReviewable, selectedPatch } from '../selectors'
import type { StudioState } from '../studioState'
import type { Command } from './command'
import { isAvailable } from './isAvailable'

/** Why a command cannot run now, in words for a person; null: it can. */
export function whyOff(state: StudioState, command: Command): string | null {
  if (isAvailable(state, command)) return null
  const particular = (command.changesProject ? changeObstacle(state) : null) ?? command.obstacle?.(state)
  if (particular) return particular
  if (state.phase !== 'ready') return 'The project is still opening.'
  if (state.patches.length === 0) return 'There are no patches yet: open files, or the demo.'
  const patch = selectedPatch(state)
  if (command.group === 'Review' || command.group === 'Tools') {
    if (!patch) return 'No patch is selected.'
    if (!isReviewable(patch)) return 'A labelled patch is a reference: it is neither judged nor painted.'
  }
  if (command.id === 'undo') return 'There is nothing to undo.'
  if (command.id === 'redo') return 'There is nothing to redo.'
  if (Object.keys(state.jobs).length > 0) return 'Wait until the job that is running is done.'
  return 'There is nothing for it to do now.'
}
