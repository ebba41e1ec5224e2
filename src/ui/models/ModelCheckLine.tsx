import { Button } from 'react-aria-components'
import { checkModel } from '../../state/actions/modelActions'
import type { ModelCheck } from '../../worker/modelProtocol'
import type { ModelSummary } from '../../worker/protocol'
import { Icon } from '../controls/Icon'
import { backendTitle } from '../engineTitle'
import { JobProgress } from '../map/JobStrip'
import { useStudio, useStudioState } from '../studioContext'

/** Runs the golden outputs, and says how far this machine's numbers are from those of where the model was saved. */
export function ModelCheckLine({ model }: { model: ModelSummary }) {
  const studio = useStudio()
  const check = useStudioState(state => state.checks[model.id])
  const job = useStudioState(state => (state.checkingId === model.id ? state.jobs.check : undefined))
  const busy = useStudioState(state => state.jobs.check !== undefined)
  const ready = useStudioState(state => state.engine.status !== 'failed')
  if (!model.hasGolden)
    return <p className="hint">It came without golden outputs: nothing to check against.</p>
  return (
    <div className="model-check">
      {job ? (
        <>
          <JobProgress job={job} />
          <Button className="button button-plain" onPress={() => studio.jobs.cancel('check')}>
            <Icon name="close" />
            Cancel
          </Button>
        </>
      ) : (
        <>
          <Button
            className="button button-plain"
            aria-label={`Check ${model.title}`}
            isDisabled={busy || !ready}
            onPress={() => void checkModel(studio, model.id)}
          >
            <Icon name="check" />
            Check
          </Button>
          <span className={`hint${check && !check.passed ? ' model-check-failed' : ''}`} role="status">
            {check ? checkText(check) : 'Compares with its golden outputs on this machine.'}
          </span>
        </>
      )}
    </div>
  )
}

function checkText({ largest, tolerance, passed, backend, adapter }: ModelCheck): string {
  const verdict = passed ? 'Agrees' : 'Differs: do not rely on it on this machine'
  return `${verdict}. Largest difference ${largest.toExponential(1)}, allowed ${tolerance.toExponential(0)}, on ${backendTitle(backend)} (${adapter}).`
}
