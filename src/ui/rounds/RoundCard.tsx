import { Button, Disclosure, DisclosurePanel, Heading } from 'react-aria-components'
import type { RoundRecord } from '../../core/refinement/round'
import type { SegmentationMetrics } from '../../core/training/metrics'
import { ALL_FAMILIES, FAMILY_TITLES } from '../../state/slices/roundsSlice'
import { Icon } from '../controls/Icon'
import { backendTitle } from '../engineTitle'
import { formatDuration } from '../formatDuration'
import { formatScore } from '../formatScore'
import { LineChart } from './LineChart'

interface RoundCardProps {
  round: RoundRecord
  /** The round before it, for the change in F1. */
  parent: RoundRecord | null
  latest: boolean
}

export function RoundCard({ round, parent, latest }: RoundCardProps) {
  const f1 = round.ensembleHeldOut?.f1 ?? null
  const before = parent?.ensembleHeldOut?.f1 ?? null
  return (
    <Disclosure className="disclosure round-card" defaultExpanded={latest}>
      <Heading level={3}>
        <Button slot="trigger" className="disclosure-trigger">
          <Icon name="chevron" />
          <span>Round {round.index}</span>
          <span className="spacer" />
          <span className="tabular">{f1 === null ? 'no held-out score' : `F1 ${formatScore(f1)}`}</span>
          {f1 !== null && before !== null && (
            <span className="dim tabular">
              {f1 >= before ? '+' : '−'}
              {Math.abs(f1 - before).toFixed(3)}
            </span>
          )}
        </Button>
      </Heading>
      <DisclosurePanel className="disclosure-panel">
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
            {round.networks.map(network => (
              <Scores key={network.modelId} name={FAMILY_TITLES[network.family]} metrics={network.heldOut} />
            ))}
            <Scores name="Ensemble" metrics={round.ensembleHeldOut} strong />
          </tbody>
        </table>
        <LineChart
          title="Loss"
          steps={round.config.steps}
          format={value => value.toFixed(2)}
          series={round.networks.map(network => ({
            name: FAMILY_TITLES[network.family],
            look: ALL_FAMILIES.indexOf(network.family),
            points: network.losses,
          }))}
        />
        <p className="hint">
          {new Date(round.at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })} ·{' '}
          {round.config.steps} steps · {formatDuration(round.seconds)} ·{' '}
          {round.verdictIds.length === 1 ? '1 verdict' : `${round.verdictIds.length} verdicts`}
          <br />
          {backendTitle(round.backend)} on {round.adapter}
        </p>
        {round.notes.map(note => (
          <p key={note} className="hint">
            {note}
          </p>
        ))}
      </DisclosurePanel>
    </Disclosure>
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
