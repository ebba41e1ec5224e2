import { type ReactNode, useEffect, useMemo, useState } from 'react'
import { Button, ListBox, ListBoxItem } from 'react-aria-components'
import { AppError, toAppError } from '../../core/foundation/appError'
import { plural } from '../../core/foundation/text'
import type { Comparison } from '../../core/rounds/compareMaps'
import { changedShare, type RoundRecord } from '../../core/rounds/round'
import { GAINED_COLOUR, LOST_COLOUR, MASK_COLOUR } from '../../map/overlayColours'
import { TileSource } from '../../map/tileSource'
import { patchById } from '../../state/patches/selectors'
import { TileCache } from '../../state/pixelCache'
import {
  compareRoundMaps,
  type PatchDifference,
  showRoundDifference,
  totalDifference,
} from '../../state/rounds/compareRounds'
import { Segmented } from '../controls/Fields'
import { Name } from '../controls/Name'
import { formatShare } from '../format'
import { LegendKeys } from '../map/Legend'
import { useStudio, useStudioState } from '../studioContext'
import { ChangePicture } from './ChangePicture'
import { changeText, type DifferenceRow, differenceRows } from './roundText'

const KINDS: readonly { id: Comparison; title: string }[] = [
  { id: 'between', title: 'Between the rounds' },
  { id: 'against', title: 'Against your verdicts' },
]

const KEYS: Readonly<Record<Comparison, readonly [gained: string, lost: string, kept: string]>> = {
  between: ['gained', 'lost', 'in both'],
  against: ['you added', 'you removed', 'in both'],
}

/** Pictures in the first row, and at most. */
const FIRST_ROW = 4
const MOST_PICTURES = 12

const MOST_ROWS = 200

/** Shortest side of a picture, pixels: what one takes of the dialog on a usual screen. */
const PICTURE_SIDE = 256

interface RoundChangesProps {
  before: RoundRecord
  after: RoundRecord
  /** What stands between the pictures and the numbers of each patch. */
  children: ReactNode
}

/** What changed: pictures of the patches that changed most, then the numbers of all of them. Each leads to its patch. */
export function RoundChanges({ before, after, children }: RoundChangesProps) {
  const studio = useStudio()
  const [what, setWhat] = useState<Comparison>('between')
  const { differences, share, error } = useDifferences(before, after)
  const threshold = useStudioState(state => state.review.threshold)
  const rows = useMemo(() => differences && differenceRows(differences, what), [differences, what])
  const total = differences && totalDifference(differences, what)
  const show = (patchId: string) => {
    void showRoundDifference(studio, what === 'between' ? before.id : null, after.id, patchId)
  }
  return (
    <>
      <section className="round-changes" aria-label="Most changed patches">
        <div className="change-head">
          <Segmented label="Compare" value={what} options={KINDS} onChange={setWhat} />
          <span className="spacer" />
          <LegendKeys keys={legendOf(what)} />
        </div>
        {error !== null ? (
          <p className="unfinished-reason">{error}</p>
        ) : rows ? (
          <>
            <Pictures before={before} after={after} what={what} rows={rows} onShow={show} />
            <p className="hint">
              {total ? totalText(total, what, after.index, threshold) : missingText(what)}
            </p>
          </>
        ) : (
          <>
            <div className="change-grid" aria-hidden="true">
              {Array.from({ length: FIRST_ROW }, (_, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: places, not things.
                <span key={index} className="change-tile">
                  <span className="change-picture change-waiting" />
                </span>
              ))}
            </div>
            <p className="hint" role="status">
              Comparing the maps… {Math.floor(share * 10) * 10} %
            </p>
          </>
        )}
      </section>
      {children}
      {rows && rows.length > 0 && (
        <PatchTable before={before} after={after} what={what} rows={rows} onShow={show} />
      )}
    </>
  )
}

interface RowsProps {
  before: RoundRecord
  after: RoundRecord
  what: Comparison
  rows: readonly DifferenceRow[]
  onShow: (patchId: string) => void
}

function Pictures({ before, after, what, rows, onShow }: RowsProps) {
  const studio = useStudio()
  const [all, setAll] = useState(false)
  const source = useMemo(() => new TileSource(studio, new TileCache(MOST_PICTURES), PICTURE_SIDE), [studio])
  // Keys go to the pictures at once, unless something was chosen while they were made.
  const [free] = useState(() => document.activeElement?.getAttribute('role') === 'dialog')
  const changed = rows.filter(row => row.changed > 0).slice(0, MOST_PICTURES)
  const shown = all ? changed : changed.slice(0, FIRST_ROW)
  if (changed.length === 0) {
    return rows.length > 0 && <p className="change-none">No patch changed.</p>
  }
  return (
    <>
      <ListBox
        className="change-grid"
        aria-label="Most changed patches: Enter shows one on the map"
        layout="grid"
        selectionMode="none"
        autoFocus={free ? 'first' : false}
        items={shown.map(row => ({ ...row, id: row.patchId }))}
        dependencies={[before, after, what]}
        onAction={key => onShow(String(key))}
      >
        {row => {
          const patch = patchById(studio.store.getState(), row.patchId)
          const { pixels, landslides } = changeText(row, what)
          return (
            <ListBoxItem className="change-tile" textValue={`${row.name}: ${pixels}. ${landslides}`}>
              {patch && (
                <ChangePicture source={source} patch={patch} before={before} after={after} what={what} />
              )}
              <strong>
                <Name>{row.name}</Name>
              </strong>
              <span className="tabular">{pixels}</span>
              <span className="dim tabular">{landslides}</span>
            </ListBoxItem>
          )
        }}
      </ListBox>
      {shown.length < changed.length && (
        <Button className="button button-quiet change-more" onPress={() => setAll(true)}>
          Show {changed.length - shown.length} more
        </Button>
      )}
    </>
  )
}

function PatchTable({ before, after, what, rows, onShow }: RowsProps) {
  return (
    <section className="round-differences" aria-label="Changes by patch">
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
              <th scope="col">Landslides</th>
              <th scope="col">km²</th>
              <th scope="col">Share</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, MOST_ROWS).map(row => (
              <tr key={row.patchId}>
                <th scope="row">
                  <Button className="link" onPress={() => onShow(row.patchId)}>
                    {row.name}
                  </Button>
                </th>
                <td>{row.gained}</td>
                <td>{row.lost}</td>
                <td>{row.landslides.join(' → ')}</td>
                <td>{row.area}</td>
                <td>{row.share}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > MOST_ROWS && (
        <p className="hint">
          The {MOST_ROWS} patches that changed most, of {rows.length}.
        </p>
      )}
    </section>
  )
}

function legendOf(what: Comparison) {
  const [gained, lost, kept] = KEYS[what]
  return [
    { text: gained, colour: GAINED_COLOUR },
    { text: lost, colour: LOST_COLOUR, look: 'hatched' as const },
    { text: kept, colour: MASK_COLOUR, look: 'outlined' as const },
  ]
}

/** Compared again when other rounds are chosen or the threshold moves; a comparison in progress is then dropped. */
function useDifferences(before: RoundRecord, after: RoundRecord) {
  const studio = useStudio()
  const threshold = useStudioState(state => state.review.threshold)
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
  what: Comparison,
  round: number,
  threshold: number,
): string {
  const share = formatShare(changedShare({ gained, lost, compared }) ?? 0)
  const area = changedArea === null ? '' : `, ${changedArea.toFixed(2)} km²`
  const on = `on ${plural(patches, 'patch', 'patches')} at threshold ${threshold.toFixed(2)}`
  const count = (pixels: number) => pixels.toLocaleString('en')
  return what === 'between'
    ? `${count(gained)} pixels gained, ${count(lost)} lost ${on}: ${share} of them${area}.`
    : `Round ${round} lacks ${count(gained)} pixels that you marked, and marks ${count(lost)} that you did not, ${on}: ${share} of them${area}.`
}

function missingText(what: Comparison): string {
  return what === 'between'
    ? 'No patch was mapped by both rounds.'
    : 'No patch that this round mapped was accepted or corrected yet.'
}
