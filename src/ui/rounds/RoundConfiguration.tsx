import type { RoundRecord } from '../../core/refinement/round'
import { FAMILY_TITLES } from '../../state/slices/roundsSlice'
import { backendTitle } from '../engineTitle'
import { formatDuration } from '../formatDuration'
import { configEntries } from './compareRounds'

/** What a round was run with and on, and what its networks went on from. */
export function RoundConfiguration({ round, parent }: { round: RoundRecord; parent: RoundRecord | null }) {
  const rows: [string, string][] = [
    ['When', new Date(round.at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })],
    ['Took', formatDuration(round.seconds)],
    ['On', `${backendTitle(round.backend)} on ${round.adapter}`],
    ['Parent', parent ? `round ${parent.index}` : 'none'],
    ...round.networks.map(({ family, parentModelId, bestStep }): [string, string] => [
      FAMILY_TITLES[family],
      `step ${bestStep} kept, from ${parentModelId ?? 'fresh weights'}`,
    ]),
    ['Verdicts', String(round.verdictIds.length)],
    [
      'Patches',
      `${round.sourcePatchIds.length} source, ${round.targetPatchIds.length} target, ${round.heldOutPatchIds.length} held out`,
    ],
  ]
  return (
    <table className="round-configuration tabular">
      <caption className="visually-hidden">What round {round.index} was run with</caption>
      <tbody>
        {rows.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{value}</td>
          </tr>
        ))}
        {configEntries(round.config).map(([name, value]) => (
          <tr key={name}>
            <th scope="row">
              <code>{name}</code>
            </th>
            <td>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
