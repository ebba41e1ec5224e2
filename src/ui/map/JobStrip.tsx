import type { JobKind, JobState } from '../../state/shell/slice'
import { CommandButton } from '../controls/CommandButton'
import { formatDuration } from '../format'
import { useStudioState } from '../studioContext'

const TITLES: Readonly<Record<JobKind, string>> = {
  import: 'Reading files',
  scene: 'Adding the scene',
  predict: 'Running the ensemble',
  round: 'Training',
  export: 'Exporting',
  model: 'Reading the model',
  check: 'Checking',
  archive: 'Processing the archive',
  review: 'Changing verdicts',
  inventory: 'Reading landslides',
  audit: 'Drawing points',
}

/** The job that a person waits for, with pace and a way out. A round, a model's check and the landslides table have places of their own. */
export function JobStrip() {
  const job = useStudioState(
    ({ shell: { jobs, dialog }, models }) =>
      (models.checkingMachine && dialog !== 'check-machine' ? jobs.check : undefined) ??
      jobs.review ??
      jobs.audit ??
      jobs.predict ??
      jobs.model ??
      jobs.import ??
      jobs.scene ??
      jobs.archive ??
      jobs.export,
  )
  if (!job) return null
  return (
    <div className="job-strip">
      <JobProgress job={job} />
      <CommandButton command="cancel" icon="close" />
    </div>
  )
}

interface JobProgressProps {
  job: JobState
  /** What is done instead of the work, once asked for: "Pausing…". */
  waiting?: string | undefined
  /** How far it is and how fast, where that is not counted in the job's own units. */
  pace?: string
}

export function JobProgress({ job, waiting, pace }: JobProgressProps) {
  const { progress } = job
  const known = progress !== null && progress.total > 0
  const share = known ? Math.min(1, progress.done / progress.total) : 0
  const title = job.cancelling ? 'Cancelling…' : (waiting ?? progress?.label ?? `${TITLES[job.kind]}…`)
  return (
    <div className="job-progress">
      <div className="job-text tabular">
        <span className="job-title">{title}</span>
        <span className="dim">{pace ?? (known ? paceText(progress) : '')}</span>
      </div>
      <div
        className={`meter${known ? '' : ' meter-unknown'}`}
        role="progressbar"
        aria-label={TITLES[job.kind]}
        aria-valuetext={title}
        {...(known && { 'aria-valuenow': Math.round(share * 100), 'aria-valuemin': 0, 'aria-valuemax': 100 })}
      >
        <div className="meter-fill" style={{ transform: `scaleX(${share})` }} />
      </div>
    </div>
  )
}

function paceText(progress: NonNullable<JobState['progress']>): string {
  const parts = [`${progress.done} of ${progress.total}`]
  if (progress.rate > 0) {
    parts.push(
      progress.rate >= 1 ? `${progress.rate.toFixed(1)} / s` : `${(1 / progress.rate).toFixed(1)} s each`,
    )
  }
  if (progress.etaSeconds !== null && progress.done > 0) {
    parts.push(`${formatDuration(progress.etaSeconds)} left`)
  }
  return parts.join(' · ')
}
