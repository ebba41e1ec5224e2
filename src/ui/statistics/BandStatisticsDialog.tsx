import { useEffect, useState } from 'react'
import { Button, Disclosure, DisclosurePanel } from 'react-aria-components'
import { type DistributionLevel, distributionGuard } from '../../core/patches/distributionGuard'
import type { BandStatistics } from '../../core/patches/statistics'
import { describeLeftOut, leftOutPatches } from '../../core/review/records'
import { loadFacts } from '../../state/models/actions'
import { predictingModels } from '../../state/models/selectors'
import { projectStatistics } from '../../state/rounds/selectors'
import { openDialog } from '../../state/shell/actions'
import { Select } from '../controls/Fields'
import { Icon, type IconName } from '../controls/Icon'
import { DisclosureHeading } from '../controls/SidePanel'
import { StudioDialog } from '../dialogs/StudioDialog'
import { useStudio, useStudioState } from '../studioContext'
import { BandChart } from './BandChart'
import { type BandRow, bandRows, guardFindings, meanText, normalisationTexts, shiftText } from './bandRows'

export const NAMES = ['Source', 'Target'] as const

export const NOW = 'now'

/**
 * Separated normalisation, seen: how the bands of the new event are distributed against those of the labelled images,
 * and whether the models know such images at all.
 */
export function BandStatisticsDialog() {
  const studio = useStudio()
  const patches = useStudioState(state => state.patches.list)
  const scenes = useStudioState(state => state.scenes.list)
  const rounds = useStudioState(state => state.rounds.list)
  const [of, setOf] = useState<string>(NOW)
  const models = useStudioState(state => state.models.list)
  const ensemble = useStudioState(state => state.models.ensemble)
  const facts = useStudioState(state => state.models.facts)
  const rule = useStudioState(state => state.rounds.settings.targetStatistics)
  const round = rounds.find(other => other.id === of)
  const current = round?.statistics ?? projectStatistics(patches, scenes)
  const { source, target } = current
  const predicting = predictingModels({ models: { list: models, ensemble } })
  const wanted = predicting.map(({ id }) => id).join()
  useEffect(() => {
    for (const id of wanted.split(',')) if (id) void loadFacts(studio, id)
  }, [studio, wanted])
  const known = predicting.flatMap(({ id, title }) => {
    const { manifest } = facts[id] ?? {}
    return manifest ? [{ title, statistics: manifest.statistics }] : []
  })
  const leftOut = round
    ? []
    : (['source', 'target'] as const).flatMap(of => leftOutPatches(patches, of, scenes))
  const findings = guardFindings(current, known)
  const shares = normalisationTexts(current, round ?? null, rule, known)
  const alike = findings.filter(({ report }) => report.level === 'ok')
  const rows = source && target && source.count > 0 && target.count > 0 ? bandRows(source, target) : null
  return (
    <StudioDialog title="Band statistics" wide>
      <div className="stack">
        {rounds.length > 0 && (
          <div className="band-choice">
            <Select
              label="Images"
              inline
              value={of}
              options={[
                { id: NOW, title: 'of the project now' },
                ...rounds.toReversed().map(({ id, index }) => ({ id, title: `of round ${index}` })),
              ]}
              onChange={setOf}
            />
          </div>
        )}
        {rows && source && target ? (
          <>
            <p className="hint">
              {counted(source)} source and {counted(target)} target pixels. The chart shows how far the target
              lies from the source. How the target is normalised:
            </p>
            <ul className="hint">
              {shares.map(({ by, text }) => (
                <li key={by}>
                  {by}: {text}.
                </li>
              ))}
            </ul>
            <BandChart rows={rows} names={NAMES} />
            <Disclosure className="disclosure">
              <DisclosureHeading level={3}>Values in the bands’ own units</DisclosureHeading>
              <DisclosurePanel className="band-figures">
                <BandTable rows={rows} names={NAMES} />
              </DisclosurePanel>
            </Disclosure>
          </>
        ) : (
          <p>
            {source
              ? 'No target images yet: add images of the new event to compare.'
              : 'No source images: add labelled images to compare with.'}
          </p>
        )}
        {leftOut.length > 0 && <p className="hint">{describeLeftOut(leftOut)}</p>}
        <section aria-label="Distribution guard" className="guard">
          <h3>Distribution guard</h3>
          <ul>
            {rows && source && target && (
              <Finding
                title="Target against source"
                report={distributionGuard(target, source, 'the source')}
              />
            )}
            {findings
              .filter(({ report }) => report.level !== 'ok')
              .map(({ title, report }) => (
                <Finding key={title} title={title} report={report} />
              ))}
            {alike.length > 0 && (
              <li>
                <LevelTag level="ok" />
                <p>{alike.map(({ title }) => title).join('; ')}.</p>
              </li>
            )}
          </ul>
          {predicting.some(({ id }) => !facts[id]) && (
            <p className="hint">Loading the models’ training statistics…</p>
          )}
          {predicting.length === 0 && (
            <p className="hint">No model is selected to predict: nothing to compare with yet.</p>
          )}
        </section>
      </div>
    </StudioDialog>
  )
}

export interface FindingProps {
  title: string
  report: ReturnType<typeof distributionGuard>
}

export function Finding({ title, report }: FindingProps) {
  return (
    <li>
      <LevelTag level={report.level} />
      <strong>{title}</strong>
      <p>{report.message}</p>
      {report.suspectsScale && <ScaleChoice />}
    </li>
  )
}

/** The way to another value scale: through the report of the import that brought the files. */
function ScaleChoice() {
  const studio = useStudio()
  const known = useStudioState(state => (state.patches.importOutcome?.images.length ?? 0) > 0)
  if (!known) return <p className="hint">Drop the files again to choose their value scale.</p>
  return (
    <Button className="button button-plain" onPress={() => openDialog(studio, 'value-scale')}>
      Choose value scale…
    </Button>
  )
}

export function counted({ count }: BandStatistics): string {
  return count.toLocaleString('en')
}

/** The figures of the chart, in the bands' own units. */
function BandTable({ rows, names }: { rows: readonly BandRow[]; names: readonly [string, string] }) {
  return (
    <table className="band-table tabular">
      <caption className="visually-hidden">Band statistics, mean ± standard deviation</caption>
      <thead>
        <tr>
          <th scope="col">Band</th>
          <th scope="col">{names[0]}</th>
          <th scope="col">{names[1]}</th>
          <th scope="col">Unit</th>
          <th scope="col">Shift</th>
          <th scope="col">Spread</th>
          <th scope="col">Guard</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(row => (
          <tr key={row.name}>
            <th scope="row">
              {row.name} <span className="dim">{row.title === row.name ? '' : row.title}</span>
            </th>
            <td>{meanText(row.source)}</td>
            <td>{meanText(row.target)}</td>
            <td className="dim">{row.unit}</td>
            <td>{shiftText(row.shift)}</td>
            <td>× {row.ratio.toFixed(2)}</td>
            <td>
              <LevelTag level={row.level} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const LOOK: Readonly<Record<DistributionLevel, { icon: IconName; title: string }>> = {
  ok: { icon: 'accept', title: 'alike' },
  shifted: { icon: 'shift', title: 'shifted' },
  far: { icon: 'warning', title: 'far off' },
}

/** The distribution guard's word, by icon and text. */
function LevelTag({ level }: { level: DistributionLevel }) {
  const { icon, title } = LOOK[level]
  return (
    <span className={`level-tag level-${level}`}>
      <Icon name={icon} />
      {title}
    </span>
  )
}
