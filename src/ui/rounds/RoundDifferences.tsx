import { useEffect, useState } from 'react'
import { Button } from 'react-aria-components'
import { AppError, toAppError } from '../../core/foundation/appError'
import type { RoundRecord } from '../../core/refinement/round'
import { compareRoundMaps, type PatchDifference, totalDifference } from '../../state/actions/compareRoundMaps'
import { showRoundDifference } from '../../state/actions/showRoundDifference'
import { Segmented } from '../controls/Segmented'
import { formatShare } from '../formatScore'
import { useStudio, useStudioState } from '../studioContext'
import { differenceRows, type What } from './differenceRows'

const KINDS: readonly { id: What; title: string }[] = [
  { id: 'between', title: 'Between the rounds' },
  { id: 'against', title: 'Against your verdicts' },
]
const MOST_ROWS = 200

/** Patch by patch what became of the map, most changed first; a click shows it on the map. */
export function RoundDifferences({ before, after }: { before: RoundRecord; after: RoundRecord }) {
  const studio = useStudio()
  const [what, setWhat] = useState<What>('between')
  const { differences, share, error } = useDifferences(before, after)
  if (error) return <p className="unfinished-reason">{error}</p>
  if (!differences) {
    return (
      <p className="hint" role="status">
        Comparing the maps… {Math.floor(share * 10) * 10} %
      </p>
    )
  }
  const total = totalDifference(differences, what)
  const rows = differenceRows(differences, what)
  const show = (patchId: string) => {
    studio.store.setState({ dialog: null })
    void showRoundDifference(studio, what === 'between' ? before.id : null, after.id, patchId)
  }
  return (
    <section className="round-differences" aria-label="Changes by patch">
      <Segmented label="Compare" value={what} options={KINDS} onChange={setWhat} />
      <p className="hint">{total ? totalText(total, what, after.index) : missingText(what)}</p>
      {rows.length > 0 && (
        <div className="difference-scroll">
          <table className="scores tabular">
            <caption className="visually-hidden">
              {what === 'between'
                ? `Pixels gained and lost from round ${before.index} to round ${after.index}, by patch`
                : `Where round ${after.index} disagrees with your verdicts, by patch`}
            </caption>
            <thead>
              <tr>
                <th scope="col">Patch</th>
                <th scope="col">{what === 'between' ? 'Gained' : 'You added'}</th>
                <th scope="col">{what === 'between' ? 'Lost' : 'You removed'}</th>
                <th scope="col">km²</th>
                <th scope="col">Share</th>
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, MOST_ROWS).map(row => (
                <tr key={row.patchId}>
                  <th scope="row">
                    <Button className="link" onPress={() => show(row.patchId)}>
                      {row.name}
                    </Button>
                  </th>
                  <td>{row.gained}</td>
                  <td>{row.lost}</td>
                  <td>{row.area}</td>
                  <td>{row.share}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {rows.length > MOST_ROWS && (
        <p className="hint">
          The {MOST_ROWS} patches that changed most, of {rows.length}.
        </p>
      )}
    </section>
  )
}

/** Compared anew when other rounds are chosen or the threshold moves; what is under way then is dropped. */
function useDifferences(before: RoundRecord, after: RoundRecord) {
  const studio = useStudio()
  const threshold = useStudioState(state => state.threshold)
  const [state, setState] = useState<{
    differences: PatchDifference[] | null
    share: number
    error: string | null
  }>({ differences: null, share: 0, error: null })
  // biome-ignore lint/correctness/useExhaustiveDependencies: maps are made at the threshold.
  useEffect(() => {
    const stop = new AbortController()
    setState({ differences: null, share: 0, error: null })
    compareRoundMaps(studio, before, after, {
      signal: stop.signal,
      onPatch: share => setState(({ differences, error }) => ({ differences, share, error })),
    })
      .then(differences => {
        if (!stop.signal.aborted) setState({ differences, share: 1, error: null })
      })
      .catch((thrown: unknown) => {
        if (stop.signal.aborted && thrown instanceof AppError) return
        setState({ differences: null, share: 0, error: toAppError(thrown).message })
      })
    return () => stop.abort()
  }, [studio, before, after, threshold])
  return state
}

type Total = NonNullable<ReturnType<typeof totalDifference>>

function totalText(
  { gained, lost, compared, patches, changedArea }: Total,
  what: What,
  round: number,
): string {
  const share = compared > 0 ? formatShare((gained + lost) / compared) : '0 %'
  const area = changedArea === null ? '' : `, ${changedArea.toFixed(2)} km²`
  const on = patches === 1 ? 'on 1 patch' : `on ${patches} patches`
  const count = (pixels: number) => pixels.toLocaleString('en')
  return what === 'between'
    ? `${count(gained)} pixels gained, ${count(lost)} lost ${on}: ${share} of them${area}.`
    : `Round ${round} lacks ${count(gained)} pixels that you marked, and marks ${count(lost)} that you did not, ${on}: ${share} of them${area}.`
}

function missingText(what: What): string {
  return what === 'between'
    ? 'No patch was mapped by both rounds.'
    : 'No patch that this round mapped was accepted or corrected yet.'
}
