import { Button } from 'react-aria-components'
import { endTour } from '../../state/actions/tour'
import { CommandButton } from '../controls/CommandButton'
import { useStudio, useStudioState } from '../studioContext'
import { TOUR_STOPS } from './tourStops'

/** Offers the tour once, in a line of its own that covers nothing. */
export function TourOffer() {
  const studio = useStudio()
  const offered = useStudioState(
    state => !state.tourSeen && state.tourStep === null && state.patches.length > 0 && !state.jobs.import,
  )
  if (!offered) return null
  return (
    <div className="strip tour-offer" role="status">
      <span>New here? {TOUR_STOPS.length} short stops show the way from a patch to a mask on disk.</span>
      <CommandButton command="tour" />
      <Button className="button button-quiet" onPress={() => endTour(studio)}>
        Not now
      </Button>
    </div>
  )
}
