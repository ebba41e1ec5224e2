import { Button } from 'react-aria-components'
import type { RoundRecord } from '../../core/refinement/round'
import { restoreRound } from '../../state/actions/restoreRound'
import { showRoundDifference } from '../../state/actions/showRoundDifference'
import { restoreObstacle } from '../../state/roundSelectors'
import { canChange } from '../../state/selectors'
import { useStudio, useStudioState } from '../studioContext'

interface RoundActionsProps {
  round: RoundRecord
  parent: RoundRecord | null
  inUse: boolean
}

/** Where a round came from, going back to it, and seeing on the map what it changed. */
export function RoundActions({ round, parent, inUse }: RoundActionsProps) {
  const studio = useStudio()
  const canRestore = useStudioState(state => restoreObstacle(state) === null && canChange(state))
  const others = useStudioState(state => state.rounds.length > 1)
  return (
    <>
      <p className="hint round-lineage">
        {parent ? `Went on from round ${parent.index}` : 'Went on from no other round'}
        {inUse && others && ' · in use: the next round goes on from it'}
      </p>
      <div className="button-row round-actions">
        {!inUse && (
          <Button
            className="button button-plain"
            aria-label={`Use round ${round.index}`}
            isDisabled={!canRestore}
            onPress={() => void restoreRound(studio, round.id)}
          >
            Use this round
          </Button>
        )}
        {parent && (
          <Button
            className="button button-quiet"
            aria-label={`Show on the map what round ${round.index} changed`}
            onPress={() => void showRoundDifference(studio, parent.id, round.id)}
          >
            Show changes
          </Button>
        )}
        {parent && (
          <Button
            className="button button-quiet"
            aria-label={`Compare round ${round.index} with round ${parent.index}`}
            onPress={() =>
              studio.store.setState({ compared: [parent.id, round.id], dialog: 'compare-rounds' })
            }
          >
            Compare
          </Button>
        )}
      </div>
    </>
  )
}
