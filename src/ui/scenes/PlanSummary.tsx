import { plural } from '../../core/foundation/text'
import { CELL_SIDE } from '../../core/scenes/cells'
import { type BuilderField, fieldOfError, type SceneBuilder } from '../../state/scenes/builder'
import { freeBytes } from '../../state/scenes/selectors'
import { CommandButton } from '../controls/CommandButton'
import { Icon } from '../controls/Icon'
import { formatBytes, formatDuration } from '../format'
import { useStudioState } from '../studioContext'

/** What adding the scene makes and takes. */
export function PlanSummary({ builder: { plan } }: { builder: SceneBuilder }) {
  const free = useStudioState(freeBytes)
  if (plan?.status !== 'ready') return null
  const { cells, bytes, seconds, continues } = plan.plan
  const isTooMuch = free !== null && bytes > free
  return (
    <>
      <p className="tabular">
        <strong>{plural(cells, 'cell')}</strong>
        <span className="dim">
          {' '}
          of up to {CELL_SIDE} x {CELL_SIDE} pixels
        </span>{' '}
        ·{' '}
        <span className={isTooMuch ? 'scene-error' : ''}>
          {formatBytes(bytes)}
          {free !== null && <span className="dim"> of {formatBytes(free)} free</span>}
        </span>
        {seconds !== null && ` · about ${formatDuration(seconds)}`}
      </p>
      {isTooMuch && (
        <div>
          <CommandButton command="storage" />
        </div>
      )}
      {continues !== null && <p>It goes on where adding this scene was interrupted.</p>}
    </>
  )
}

/** Why no plan can be made, at the part of the dialog that mends it. */
export function PlanError({ builder, field }: { builder: SceneBuilder; field: BuilderField }) {
  const { plan, scene, choices } = builder
  const chosen = scene === null ? undefined : choices[scene]
  if (plan?.status !== 'refused' || !chosen || fieldOfError(plan, chosen) !== field) return null
  return (
    <p role="alert" className="scene-error">
      <Icon name="warning" /> {plan.message}
    </p>
  )
}
