import { useStudioState } from '../studioContext'

/** What the present project holds and would lose, by count. */
export function WhatIsLost() {
  const name = useStudioState(state => state.project?.name ?? '')
  const patches = useStudioState(state => state.patches.length)
  const verdicts = useStudioState(state => Object.keys(state.verdicts).length)
  const strokes = useStudioState(state => state.history.filter(step => step.kind === 'stroke').length)
  const rounds = useStudioState(state => state.rounds.length)
  const parts = [
    count(patches, 'patch', 'patches'),
    count(verdicts, 'verdict'),
    count(strokes, 'stroke'),
    count(rounds, 'round'),
  ]
  return (
    <p className="note">
      <strong>“{name}” is deleted from this browser:</strong> {parts.join(', ')}, with all masks,
      probabilities and models. Save an archive of it first if you may want it back.
    </p>
  )
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}
