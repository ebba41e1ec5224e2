import { type ReactNode, useState } from 'react'
import { Button, Disclosure, DisclosurePanel, Heading } from 'react-aria-components'
import type { SegmentationMetrics } from '../../core/rounds/metrics'
import { FAMILIES, FAMILY_TITLES } from '../../core/rounds/networks'
import { type RoundRecord, roundEnsemble } from '../../core/rounds/round'
import { changedAt, networkScoresAt, roundScoresAt, scoresBeforeAt } from '../../core/rounds/roundScores'
import { openComparison, showRoundDifference } from '../../state/rounds/compareRounds'
import { restoreRound } from '../../state/rounds/restoreRound'
import { restoreObstacle } from '../../state/rounds/selectors'
import { canChange } from '../../state/session/selectors'
import { Icon } from '../controls/Icon'
import { DisclosureHeading } from '../controls/SidePanel'
import { backendTitle, formatDuration, formatScore, formatTime } from '../format'
import { useStudio, useStudioState } from '../studioContext'
import { ConfidenceHistogram } from './ConfidenceHistogram'
import { changedSettings, configSettings, type Setting } from './configText'
import { LineChart } from './LineChart'
import { changedText, confusionText, describeRound, roundLine, testSetText } from './roundText'

interface RoundCardProps {
  round: RoundRecord
  /** The round that it continued from; null for the first. */
  parent: RoundRecord | null
  /** Whether the next round continues from it. */
  inUse: boolean
  latest: boolean
}

/** A round in one line, and unfolded everything that is known of it. */
export function RoundCard({ round, parent, inUse, latest }: RoundCardProps) {
  const threshold = useStudioState(state => state.review.threshold)
  const line = roundLine(round, parent, threshold)
  const [open, setOpen] = useState(latest)
  return (
    <Disclosure
      className={`disclosure round-card${inUse ? ' round-in-use' : ''}`}
      defaultExpanded={latest}
      onExpandedChange={setOpen}
    >
      <Heading level={3}>
        <Button
          slot="trigger"
          className="disclosure-trigger round-line tabular"
          aria-label={describeRound(round, line, inUse)}
        >
          <Icon name="chevron" />
          <span title={round.networks.map(({ family }) => FAMILY_TITLES[family]).join(', ')}>
            Round {round.index}
          </span>
          <span title="Landslide F1 on held-out patches, and its change from the maps before the round">
            {line.f1} <span className="dim">{line.change}</span>
          </span>
          <span className="dim" title="Target pixels that changed class">
            {line.changed ?? '–'}
          </span>
        </Button>
      </Heading>
      <DisclosurePanel className="disclosure-panel">
        {open && <RoundDetails round={round} parent={parent} inUse={inUse} />}
      </DisclosurePanel>
    </Disclosure>
  )
}

/** Made when its row is unfolded: of many rounds most never are. */
function RoundDetails({ round, parent, inUse }: RoundActionsProps) {
  const threshold = useStudioState(state => state.review.threshold)
  const scored = roundScoresAt(round, threshold)
  return (
    <>
      <RoundActions round={round} parent={parent} inUse={inUse} />
      <ScoreTable round={round} threshold={threshold} />
      {scored && (
        <p className="hint">
          {testSetText(round, scored)}: {confusionText(scored.metrics)}.
        </p>
      )}
      <LineChart
        title="Loss"
        steps={round.config.steps}
        format={value => value.toFixed(2)}
        series={round.networks.map(network => ({
          name: FAMILY_TITLES[network.family],
          look: FAMILIES.indexOf(network.family),
          points: network.losses,
        }))}
      />
      <RoundFold title="On the target">
        <RoundTarget round={round} threshold={threshold} />
      </RoundFold>
      <RoundFold title="Configuration">
        <RoundConfiguration round={round} parent={parent} />
      </RoundFold>
      {round.notes.length > 0 && (
        <RoundFold title={`Notes (${round.notes.length})`}>
          <ul className="round-note-list">
            {round.notes.map(note => (
              <li key={note} className="hint">
                {note}
              </li>
            ))}
          </ul>
        </RoundFold>
      )}
    </>
  )
}

interface RoundActionsProps {
  round: RoundRecord
  parent: RoundRecord | null
  inUse: boolean
}

/** The parent of a round, going back to it, and showing what it changed. */
function RoundActions({ round, parent, inUse }: RoundActionsProps) {
  const studio = useStudio()
  const canRestore = useStudioState(state => restoreObstacle(state) === null && canChange(state))
  const others = useStudioState(state => state.rounds.list.length > 1)
  return (
    <>
      <p className="hint round-lineage">
        {parent ? `Continued from round ${parent.index}` : 'No parent round'}
        {inUse && others && ' · in use: the next round continues from it'}
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
            onPress={() => openComparison(studio, [parent.id, round.id])}
          >
            Compare
          </Button>
        )}
      </div>
    </>
  )
}

/** Held-out scores of a round, network by network and for their mean. */
function ScoreTable({ round, threshold }: { round: RoundRecord; threshold: number }) {
  const before = scoresBeforeAt(round, threshold)
  return (
    <table className="scores tabular">
      <thead>
        <tr>
          <th scope="col">Held out</th>
          <th scope="col">F1</th>
          <th scope="col">P</th>
          <th scope="col">R</th>
          <th scope="col">IoU</th>
        </tr>
      </thead>
      <tbody>
        {before && (
          <Scores name={round.parentRoundId ? 'Before' : 'Before any round'} metrics={before.metrics} />
        )}
        {roundEnsemble(round).map(network => (
          <Scores
            key={network.modelId}
            name={FAMILY_TITLES[network.family]}
            metrics={networkScoresAt(network, round, threshold)?.metrics ?? null}
          />
        ))}
        <Scores name="Ensemble" metrics={roundScoresAt(round, threshold)?.metrics ?? null} strong />
      </tbody>
    </table>
  )
}

interface ScoresProps {
  name: string
  metrics: SegmentationMetrics | null
  strong?: boolean
}

function Scores({ name, metrics, strong }: ScoresProps) {
  return (
    <tr className={strong ? 'scores-strong' : undefined}>
      <th scope="row">{name}</th>
      <td>{formatScore(metrics?.f1)}</td>
      <td>{formatScore(metrics?.precision)}</td>
      <td>{formatScore(metrics?.recall)}</td>
      <td>{formatScore(metrics?.iou)}</td>
    </tr>
  )
}

/** A round's result on the target: what changed since the previous maps, and how confident it is. */
function RoundTarget({ round, threshold }: { round: RoundRecord; threshold: number }) {
  const { target, config } = round
  const changed = changedAt(round, threshold)
  if (!target) return null
  return (
    <>
      <ConfidenceHistogram bins={target.confidence} band={config.pseudoLabel} />
      <p className="hint">
        {changed ? changedText(changed, config.stopWhenChangedBelow) : 'No earlier map to compare with.'}
      </p>
    </>
  )
}

/** Settings and engine of a round, and what its networks started from. */
function RoundConfiguration({ round, parent }: { round: RoundRecord; parent: RoundRecord | null }) {
  const rows: [string, string][] = [
    ['Date', formatTime(round.at)],
    ['Duration', formatDuration(round.seconds)],
    ['Engine', `${backendTitle(round.backend)} on ${round.adapter}`],
    ['Parent', parent ? `round ${parent.index}` : 'none'],
    ...round.networks.map(({ family, parentModelId, bestStep }): [string, string] => [
      FAMILY_TITLES[family],
      `best step ${bestStep}, from ${parentModelId ?? 'fresh weights'}`,
    ]),
    ['Verdicts', String(round.verdictIds.length)],
    [
      'Patches',
      `${round.sourcePatchIds.length} source, ${round.targetPatchIds.length} target, ${round.heldOutPatchIds.length} held out`,
    ],
  ]
  const changed = changedSettings(round.config)
  return (
    <>
      <table className="round-configuration tabular">
        <caption className="visually-hidden">What round {round.index} was run with</caption>
        <tbody>
          {rows.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <h5 className="round-settings-head">
        {changed.length > 0 ? 'Settings changed from the defaults' : 'Default settings'}
      </h5>
      {changed.length > 0 && (
        <SettingsTable settings={changed} caption="Settings changed from the defaults" />
      )}
      <RoundFold title="All settings">
        <SettingsTable settings={configSettings(round.config)} caption="All settings" />
      </RoundFold>
    </>
  )
}

function SettingsTable({ settings, caption }: { settings: readonly Setting[]; caption: string }) {
  return (
    <table className="round-configuration tabular">
      <caption className="visually-hidden">{caption}</caption>
      <tbody>
        {settings.map(({ key, title, value }) => (
          <tr key={key}>
            <th scope="row">{title}</th>
            <td>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Part of a round that is unfolded when wanted. */
function RoundFold({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Disclosure className="disclosure round-fold">
      <DisclosureHeading level={4}>{title}</DisclosureHeading>
      <DisclosurePanel className="disclosure-panel">{children}</DisclosurePanel>
    </Disclosure>
  )
}
