import { useEffect, useState } from 'react'
import { Disclosure, DisclosurePanel } from 'react-aria-components'
import { distributionGuard } from '../../core/patches/distributionGuard'
import type { BandStatistics } from '../../core/patches/statistics'
import { loadFacts } from '../../state/actions/modelActions'
import { predictingModels } from '../../state/modelSelectors'
import { projectStatistics } from '../../state/projectStatistics'
import { DisclosureHeading } from '../controls/DisclosureHeading'
import { Select } from '../controls/Select'
import { StudioDialog } from '../dialogs/StudioDialog'
import { useStudio, useStudioState } from '../studioContext'
import { BandChart } from './BandChart'
import { BandTable } from './BandTable'
import { bandRows } from './bandRows'
import { guardFindings } from './guardFindings'
import { LevelTag } from './LevelTag'

const NAMES = ['Source', 'Target'] as const
const NOW = 'now'

/**
 * Separated normalisation, seen: how the bands of the new event are distributed against those of the labelled images,
 * and whether the models know such images at all.
 */
export function BandStatisticsDialog() {
  const studio = useStudio()
  const patches = useStudioState(state => state.patches)
  const rounds = useStudioState(state => state.rounds)
  const [of, setOf] = useState<string>(NOW)
  const models = useStudioState(state => state.models)
  const ensemble = useStudioState(state => state.ensemble)
  const facts = useStudioState(state => state.facts)
  const round = rounds.find(other => other.id === of)
  const current = round?.statistics ?? projectStatistics(patches)
  const { source, target } = current
  const predicting = predictingModels({ models, ensemble })
  const wanted = predicting.map(({ id }) => id).join()
  useEffect(() => {
    for (const id of wanted.split(',')) if (id) void loadFacts(studio, id)
  }, [studio, wanted])
  const findings = guardFindings(
    current,
    predicting.flatMap(({ id, title }) => {
      const known = facts[id]
      return known ? [{ title, statistics: known.manifest.statistics }] : []
    }),
  )
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
              {counted(source)} source and {counted(target)} target pixels. Separated normalisation takes each
              set by its own mean and deviation, so that both reach the networks as 0 ± 1; what it takes out
              is drawn here.
            </p>
            <BandChart rows={rows} names={NAMES} />
            <Disclosure className="disclosure">
              <DisclosureHeading level={3}>Figures in the bands’ own units</DisclosureHeading>
              <DisclosurePanel className="band-figures">
                <BandTable rows={rows} names={NAMES} />
              </DisclosurePanel>
            </Disclosure>
          </>
        ) : (
          <p>
            {source
              ? 'There is no target image yet: add images of the new event to compare them.'
              : 'There is no source image: add labelled images to compare with.'}
          </p>
        )}
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
            <p className="hint">Reading what the models learned from…</p>
          )}
          {predicting.length === 0 && (
            <p className="hint">No model is chosen to predict: there is nothing to compare with yet.</p>
          )}
        </section>
      </div>
    </StudioDialog>
  )
}

interface FindingProps {
  title: string
  report: ReturnType<typeof distributionGuard>
}

function Finding({ title, report }: FindingProps) {
  return (
    <li>
      <LevelTag level={report.level} />
      <strong>{title}</strong>
      <p>{report.message}</p>
    </li>
  )
}

function counted({ count }: BandStatistics): string {
  return count.toLocaleString('en')
}
