import { useEffect, useMemo, useState } from 'react'
import {
  Button,
  Disclosure,
  DisclosurePanel,
  GridLayout,
  ListBox,
  ListBoxItem,
  type Selection,
  Size,
  Virtualizer,
} from 'react-aria-components'
import { plural } from '../../core/foundation/text'
import type { PatchRecord } from '../../core/review/records'
import { TileSource } from '../../map/tileSource'
import { beginAudit, bulkCandidates, readShares, surestQuarter } from '../../state/review/bulkCandidates'
import { auditProgress, isUnreviewed } from '../../state/review/selectors'
import { bulkAccept, confidentPatches } from '../../state/review/verdicts'
import { closeDialog } from '../../state/shell/actions'
import { Slider } from '../controls/Fields'
import { Icon } from '../controls/Icon'
import { Name } from '../controls/Name'
import { DisclosureHeading } from '../controls/SidePanel'
import { StudioDialog } from '../dialogs/StudioDialog'
import { formatShare } from '../format'
import { TilePicture } from '../map/TilePicture'
import { estimateText } from '../patches/QueueBar'
import { useStudio, useStudioState } from '../studioContext'

/** Pictures of what the networks are sure of, to pick from: nothing is picked beforehand. */
export function BulkAcceptDialog() {
  const studio = useStudio()
  const patches = useStudioState(state => state.patches.list)
  const verdicts = useStudioState(state => state.review.verdicts)
  const shares = useStudioState(state => state.review.shares)
  const threshold = useStudioState(state => state.review.threshold)
  const [least, setLeast] = useState(() => surestQuarter(studio.store.getState()))
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set())
  const source = useMemo(() => new TileSource(studio), [studio])
  useEffect(() => {
    const closed = new AbortController()
    const state = studio.store.getState()
    const unread = confidentPatches(state, 0).filter(({ id }) => state.review.shares[id] === undefined)
    void readShares(studio, unread, closed.signal)
    return () => closed.abort()
  }, [studio])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the state read inside changes with exactly these.
  const { landslide, none, unread, open, withoutScore } = useMemo(() => {
    const state = studio.store.getState()
    const unreviewed = patches.filter(patch => isUnreviewed(state, patch))
    return {
      ...bulkCandidates(state, least),
      open: unreviewed,
      withoutScore: unreviewed.filter(patch => !patch.scores).length,
    }
  }, [studio, patches, verdicts, shares, least])
  // What the slider has put out of sight is not accepted.
  const chosen = [...landslide, ...none].filter(({ id }) => picked.has(id)).map(({ id }) => id)
  const offered = landslide.length + none.length + unread.length
  const pick = (list: readonly PatchRecord[], selection: Selection) => {
    const others = [...picked].filter(id => !list.some(patch => patch.id === id))
    const now = selection === 'all' ? list.map(({ id }) => id) : [...selection].map(String)
    setPicked(new Set([...others, ...now]))
  }
  const group = (title: string, list: readonly PatchRecord[], headed: boolean) => (
    <Pictures title={title} headed={headed} patches={list} source={source} picked={picked} onPick={pick} />
  )
  return (
    <StudioDialog title="Accept in bulk" wide>
      <div className="stack">
        <AuditFirst />
        <Slider
          label="Confidence"
          value={least}
          minValue={0}
          maxValue={1}
          step={0.01}
          format={{ minimumFractionDigits: 2 }}
          onChange={setLeast}
        />
        <p role="status">
          <strong className="tabular">
            {offered} of {open.length}
          </strong>{' '}
          unreviewed patches
          {withoutScore > 0 && `; ${withoutScore} have no prediction`}
          {unread.length > 0 && `; reading ${plural(unread.length, 'mask')}`}.
        </p>
        {landslide.length > 0 && group('With landslide', landslide, true)}
        {none.length > 0 && (
          <Disclosure className="disclosure">
            <DisclosureHeading level={3}>Without landslide ({none.length})</DisclosureHeading>
            <DisclosurePanel>{group('Without landslide', none, false)}</DisclosurePanel>
          </Disclosure>
        )}
        <div className="dialog-foot">
          <span className="dim">
            As shown at threshold {threshold.toFixed(2)}. One undo reverts all of it.
          </span>
          <span className="spacer" />
          <Button
            className="button button-primary"
            isDisabled={chosen.length === 0}
            onPress={() => {
              closeDialog(studio)
              void bulkAccept(studio, chosen)
            }}
          >
            {chosen.length === 0 ? 'Accept selected' : `Accept ${chosen.length} selected`}
          </Button>
        </div>
      </div>
    </StudioDialog>
  )
}

/** Networks can all be wrong with confidence: what a random sample says of them comes before what they say. */
function AuditFirst() {
  const studio = useStudio()
  const patches = useStudioState(state => state.patches.list)
  const verdicts = useStudioState(state => state.review.verdicts)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the state read inside changes with exactly these.
  const { size, reviewed, estimate } = useMemo(
    () => auditProgress(studio.store.getState()),
    [studio, patches, verdicts],
  )
  const done = reviewed >= size
  return (
    <div className="note bulk-audit">
      <p>
        {done
          ? `Audit of ${plural(reviewed, 'random patch', 'random patches')}: precision ${estimateText(estimate.precision)}, recall ${estimateText(estimate.recall)}.`
          : 'Networks can all be wrong with confidence. A random sample tells first how far they can be trusted.'}
        {!done && reviewed > 0 && ` ${reviewed} of ${size} reviewed.`}
      </p>
      {!done && (
        <Button className="button button-primary" autoFocus onPress={() => void beginAudit(studio)}>
          {reviewed > 0 ? 'Continue the audit' : 'Audit a random sample'}
        </Button>
      )}
    </div>
  )
}

interface PicturesProps {
  title: string
  /** Whether the title is shown; else what folds it has it already. */
  headed: boolean
  patches: readonly PatchRecord[]
  source: TileSource
  picked: ReadonlySet<string>
  onPick: (list: readonly PatchRecord[], selection: Selection) => void
}

const TILE = new Size(112, 148)

const ONE_ROW = 6

function Pictures({ title, headed, patches, source, picked, onPick }: PicturesProps) {
  const chosen = patches.filter(({ id }) => picked.has(id))
  const all = chosen.length === patches.length
  return (
    <section aria-label={title}>
      <div className="bulk-head">
        {headed && <h3>{title}</h3>}
        <span className="dim tabular">
          {chosen.length} of {patches.length} selected
        </span>
        <span className="spacer" />
        <Button className="button button-quiet" onPress={() => onPick(patches, all ? new Set() : 'all')}>
          {all ? 'Select none' : 'Select all'}
        </Button>
      </div>
      <Virtualizer
        layout={GridLayout}
        layoutOptions={{ minItemSize: TILE, maxItemSize: TILE, minSpace: new Size(6, 6) }}
      >
        <ListBox
          className={`bulk-grid${patches.length <= ONE_ROW ? ' bulk-grid-short' : ''}`}
          aria-label={`${title}: patches to accept`}
          layout="grid"
          items={patches}
          selectionMode="multiple"
          selectedKeys={chosen.map(({ id }) => id)}
          onSelectionChange={selection => onPick(patches, selection)}
        >
          {patch => <Picture patch={patch} source={source} />}
        </ListBox>
      </Virtualizer>
    </section>
  )
}

function Picture({ patch, source }: { patch: PatchRecord; source: TileSource }) {
  const share = useStudioState(state => state.review.shares[patch.id])
  const facts = `${typeof share === 'number' ? formatShare(share) : '–'} landslide, confidence ${patch.scores?.confidence.toFixed(2) ?? '–'}`
  return (
    <ListBoxItem id={patch.id} className="bulk-tile" textValue={`${patch.name}, ${facts}`}>
      {({ isSelected }) => (
        <>
          <span className="bulk-picture">
            <TilePicture source={source} patch={patch} withMask />
            <span className="bulk-tick" aria-hidden="true">
              {isSelected && <Icon name="accept" />}
            </span>
          </span>
          <span className="bulk-name">
            <Name>{patch.name}</Name>
          </span>
          <span className="bulk-facts dim tabular" title={facts}>
            {typeof share === 'number' ? formatShare(share) : '–'}
            <span>{patch.scores?.confidence.toFixed(2)}</span>
          </span>
        </>
      )}
    </ListBoxItem>
  )
}
