import { resumeObstacle } from '../../state/selectors'
import { FAMILY_TITLES } from '../../state/slices/roundsSlice'
import type { UnfinishedRound as Unfinished } from '../../storage/unfinishedRound'
import { CommandButton } from '../controls/CommandButton'
import { useStudioState } from '../studioContext'

/** A round that was paused, or whose tab, worker or device went away: what is left of it, and what to do with it. */
export function UnfinishedRound({ round }: { round: Unfinished }) {
  const obstacle = useStudioState(resumeObstacle)
  return (
    <section className="unfinished" aria-label="Unfinished round">
      <h3>Round {round.index} is unfinished</h3>
      {round.stopped && <p className="unfinished-reason">{round.stopped}</p>}
      <p className="hint">
        {whereItIs(round)} It goes on with the labels, patches and settings that it began with, and ends with
        the weights of a round in one go.
      </p>
      <div className="button-row">
        <CommandButton command="resume-round" icon="run" look="primary" />
        <CommandButton command="discard-round" icon="remove" look="quiet" />
      </div>
      {obstacle && <p className="hint">{obstacle}</p>}
    </section>
  )
}

function whereItIs({ config, finished, saved }: Unfinished): string {
  const of = `of ${config.families.length} networks`
  const done =
    finished.length > 0
      ? `${finished.map(({ family }) => FAMILY_TITLES[family]).join(' and ')} done, ${finished.length} ${of}. `
      : ''
  if (saved) {
    const state = saved.step >= config.steps ? 'is trained' : `is at step ${saved.step} of ${config.steps}`
    return `${done}${FAMILY_TITLES[saved.family]} ${state}, saved ${shortTime(saved.at)}.`
  }
  const next = config.families[finished.length]
  if (!next) return `${done}Only the mean of the networks is missing.`
  return `${done}${FAMILY_TITLES[next]} starts from its first step: nothing of it was saved.`
}

function shortTime(iso: string): string {
  const date = new Date(iso)
  return Number.isNaN(date.getTime())
    ? ''
    : date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })
}
