import { useEffect, useMemo, useState } from 'react'
import { Button, Disclosure, DisclosurePanel, Input, Label, TextField } from 'react-aria-components'
import { toAppError } from '../../core/foundation/appError'
import type { PacedProgress } from '../../core/foundation/job'
import { listNames, plural } from '../../core/foundation/text'
import { AUDIT_STRATA, allocatePoints, type StratumPixels, sampleSize } from '../../core/review/auditDesign'
import { beginPointAudit, countMap, expectedPrecision } from '../../state/accuracy/draw'
import {
  auditablePatches,
  canDisagree,
  countedStrata,
  UNAUDITED_VERDICTS,
} from '../../state/accuracy/selectors'
import { LEAST_AUDIT_POINTS, LONGEST_AUDIT_NAME, MOST_AUDIT_POINTS } from '../../state/accuracy/slice'
import { chosenPatches } from '../../state/patches/selectors'
import { changeObstacle } from '../../state/session/selectors'
import { NumberField, Segmented, Switch } from '../controls/Fields'
import { DisclosureHeading } from '../controls/SidePanel'
import { JobProgress } from '../map/JobStrip'
import { useStudio, useStudioState } from '../studioContext'
import { STRATUM_TITLES } from './auditText'

const PERCENT = { style: 'percent', maximumFractionDigits: 1 } as const

/** What was asked for: a width of the interval, or a number of points; the other follows. */
type Wanted = { precision: number } | { size: number }

/** Plans a sample: how many points, from where, and how sure they will make the figures. */
export function NewAudit() {
  const studio = useStudio()
  const patches = useStudioState(state => state.patches.list)
  const history = useStudioState(state => state.review.history)
  const selection = useStudioState(state => state.patches.selection)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the state read inside changes with exactly these.
  const { all, chosen, leftOut } = useMemo(() => {
    const state = studio.store.getState()
    const mapped = auditablePatches(state)
    const ids = new Set(chosenPatches(state).map(({ id }) => id))
    const { verdicts } = state.review
    return {
      all: mapped,
      chosen: mapped.filter(({ id }) => ids.has(id)),
      leftOut: state.patches.list.filter(({ id }) => UNAUDITED_VERDICTS.has(verdicts[id]?.kind ?? '')).length,
    }
  }, [studio, patches, history, selection])
  const [scope, setScope] = useState<'all' | 'chosen'>('all')
  const audited = scope === 'chosen' && chosen.length > 0 ? chosen : all
  if (all.length === 0) {
    return (
      <p className="note">
        Nothing is mapped yet: run the ensemble on the target patches first, or paint and accept their masks.
      </p>
    )
  }
  return (
    <section className="stack" aria-label="New audit">
      <h3>New audit</h3>
      <p className="hint">
        You judge single pixels, drawn at random, without seeing the map. That gives the accuracy of the map
        and the area of landslides with 95 % intervals.
        {leftOut > 0 &&
          ` ${plural(leftOut, 'rejected or unsure patch', 'rejected or unsure patches')} left out.`}
      </p>
      {chosen.length > 0 && (
        <Segmented
          label="Patches to audit"
          value={scope}
          onChange={setScope}
          options={[
            { id: 'all', title: 'All mapped patches', detail: String(all.length) },
            { id: 'chosen', title: 'Selected', detail: String(chosen.length) },
          ]}
        />
      )}
      <Sample
        key={audited.map(({ id }) => id).join()}
        patchIds={audited.map(({ id }) => id)}
        several={canDisagree(audited)}
      />
    </section>
  )
}

/** @param several whether more than one network mapped these patches */
function Sample({ patchIds, several }: { patchIds: string[]; several: boolean }) {
  const studio = useStudio()
  const before = studio.store.getState().accuracy
  const [byDisagreement, setByDisagreement] = useState(several)
  const [from, setFrom] = useState(before.disagreementFrom)
  const { progress, error, again } = useCounting(patchIds, byDisagreement && several ? from : null)
  const counted = useStudioState(state => state.accuracy.counted)
  return (
    <>
      {several && (
        <div className="audit-disagreement">
          <Switch
            label="More points where the networks disagree"
            isSelected={byDisagreement}
            onChange={setByDisagreement}
          />
          {byDisagreement && (
            <NumberField
              label="Disagreement from"
              value={from}
              minValue={0.05}
              maxValue={0.95}
              step={0.05}
              format={{ maximumFractionDigits: 2 }}
              onChange={setFrom}
            />
          )}
        </div>
      )}
      {error && (
        <div className="dialog-error" role="alert">
          <p>The masks could not be read. {error}</p>
          <Button className="button button-plain" onPress={again}>
            Try again
          </Button>
        </div>
      )}
      {!counted && !error && <JobProgress job={{ kind: 'audit', progress, cancelling: false }} />}
      {counted && counted.missing.length > 0 && (
        <p className="note">Without a mask, and left out: {listNames([...counted.missing])}.</p>
      )}
      {counted && counted.sharedPixels > 0 && (
        <p className="note">
          Patches overlap: ground that several of them show counts once, and{' '}
          {counted.sharedPixels.toLocaleString('en')} pixels are left out for that.
        </p>
      )}
      {counted && <Plan pixels={countedStrata(counted)} />}
    </>
  )
}

/** Counts strata while the dialog is open, again for every other choice. */
function useCounting(patchIds: string[], disagreementFrom: number | null) {
  const studio = useStudio()
  const [progress, setProgress] = useState<PacedProgress | null>(null)
  const [error, setError] = useState<string | null>(null)
  const [attempt, setAttempt] = useState(0)
  const key = patchIds.join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the ids.
  useEffect(() => {
    const closed = new AbortController()
    setError(null)
    setProgress(null)
    countMap(
      studio,
      { patchIds, disagreementFrom },
      { signal: closed.signal, onProgress: setProgress },
    ).catch((thrown: unknown) => {
      if (!closed.signal.aborted) setError(toAppError(thrown).message)
    })
    return () => closed.abort()
  }, [studio, key, disagreementFrom, attempt])
  return { progress, error, again: () => setAttempt(attempt + 1) }
}

function Plan({ pixels }: { pixels: StratumPixels }) {
  const studio = useStudio()
  const audits = useStudioState(state => state.accuracy.list.length)
  const obstacle = useStudioState(changeObstacle)
  const [name, setName] = useState(`Audit ${audits + 1}`)
  const [seed, setSeed] = useState(() => Math.floor(studio.now().getTime() / 1000) % 1_000_000)
  const [wanted, setWanted] = useState<Wanted>({ precision: studio.store.getState().accuracy.precision })
  const total = AUDIT_STRATA.reduce((sum, stratum) => sum + pixels[stratum], 0)
  const most = Math.min(MOST_AUDIT_POINTS, total)
  if (total === 0) return <p className="note">The masks of these patches have no pixel to audit.</p>
  const needed = 'size' in wanted ? wanted.size : sampleSize(pixels, wanted.precision)
  const size = Math.min(most, Math.max(Math.min(LEAST_AUDIT_POINTS, most), needed))
  const sizes = allocatePoints(pixels, size)
  const points = AUDIT_STRATA.reduce((sum, stratum) => sum + sizes[stratum], 0)
  const precision =
    needed === size && 'precision' in wanted ? wanted.precision : expectedPrecision(pixels, size)
  return (
    <>
      <div className="field-pair">
        <NumberField
          label="Overall accuracy, ±"
          value={Math.round(1000 * Math.min(0.49, Math.max(0.001, precision))) / 1000}
          minValue={0.001}
          maxValue={0.49}
          step={0.005}
          format={PERCENT}
          onChange={value => setWanted({ precision: value })}
        />
        <NumberField
          label="Points"
          value={points}
          minValue={Math.min(LEAST_AUDIT_POINTS, most)}
          maxValue={most}
          onChange={value => setWanted({ size: value })}
        />
      </div>
      <table className="audit-table tabular">
        <caption className="visually-hidden">Points by stratum</caption>
        <thead>
          <tr>
            <th scope="col">Stratum</th>
            <th scope="col">Pixels</th>
            <th scope="col">Share</th>
            <th scope="col">Points</th>
          </tr>
        </thead>
        <tbody>
          {AUDIT_STRATA.filter(stratum => pixels[stratum] > 0).map(stratum => (
            <tr key={stratum}>
              <th scope="row">{STRATUM_TITLES[stratum]}</th>
              <td>{pixels[stratum].toLocaleString('en')}</td>
              <td>{((100 * pixels[stratum]) / total).toFixed(1)} %</td>
              <td>{sizes[stratum]}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="hint">
        {needed > most
          ? `At most ${most.toLocaleString('en')} points: that width is out of reach. `
          : 'By the rule of Cochran, as in Olofsson et al. (2014), with guesses of what the map has right. '}
        Points are enough for overall accuracy; the area of rare landslides needs more for a narrow interval.
      </p>
      <Disclosure className="disclosure">
        <DisclosureHeading level={4}>Name and seed</DisclosureHeading>
        <DisclosurePanel>
          <div className="field-pair">
            <TextField className="text-field" value={name} onChange={setName} maxLength={LONGEST_AUDIT_NAME}>
              <Label className="field-label">Name</Label>
              <Input className="text-input" />
            </TextField>
            <NumberField
              label="Seed of the draw"
              value={seed}
              minValue={0}
              maxValue={999_999_999}
              format={{ useGrouping: false }}
              onChange={setSeed}
            />
          </div>
        </DisclosurePanel>
      </Disclosure>
      <div className="dialog-foot">
        <span className="dim">{obstacle}</span>
        <span className="spacer" />
        <Button
          className="button button-primary"
          isDisabled={obstacle !== null || name.trim() === ''}
          onPress={() => void beginPointAudit(studio, { name: name.trim(), size, precision, seed })}
        >
          Draw {points} points and begin
        </Button>
      </div>
    </>
  )
}
