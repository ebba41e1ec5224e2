import { Button, Disclosure, DisclosurePanel, Heading } from 'react-aria-components'
import type { RoundRecord } from '../../core/refinement/round'
import { ALL_FAMILIES, FAMILY_TITLES } from '../../state/slices/roundsSlice'
import { Icon } from '../controls/Icon'
import { backendTitle } from '../engineTitle'
import { formatDuration } from '../formatDuration'
import { formatScore } from '../formatScore'
import { confusionText } from './confusionText'
import { LineChart } from './LineChart'
import { RoundTarget } from './RoundTarget'
import { ScoreTable } from './ScoreTable'

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
        <ScoreTable round={round} />
        {round.ensembleHeldOut && <p className="hint">{confusionText(round.ensembleHeldOut)}.</p>}
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
        <RoundTarget round={round} />
        <p className="hint">
          {new Date(round.at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })} ·{' '}
          {round.config.steps} steps · {formatDuration(round.seconds)} ·{' '}
          {round.verdictIds.length === 1 ? '1 verdict' : `${round.verdictIds.length} verdicts`}
          <br />
          {backendTitle(round.backend)} on {round.adapter}
        </p>
        <Disclosure className="disclosure round-notes">
          <Heading level={4}>
            <Button slot="trigger" className="disclosure-trigger">
              <Icon name="chevron" />
              Notes ({round.notes.length})
            </Button>
          </Heading>
          <DisclosurePanel className="disclosure-panel">
            {round.notes.map(note => (
              <p key={note} className="hint">
                {note}
              </p>
            ))}
          </DisclosurePanel>
        </Disclosure>
      </DisclosurePanel>
    </Disclosure>
  )
}
