import type { RoundRecord } from '../../core/refinement/round'
import type { SegmentationMetrics } from '../../core/training/metrics'
import { FAMILY_TITLES } from '../../state/slices/roundsSlice'
import { formatScore } from '../formatScore'

/** Held-out scores of a round, network by network and for their mean. */
export function ScoreTable({ round }: { round: RoundRecord }) {
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
        {round.networks.map(network => (
          <Scores key={network.modelId} name={FAMILY_TITLES[network.family]} metrics={network.heldOut} />
        ))}
        <Scores name="Ensemble" metrics={round.ensembleHeldOut} strong />
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
