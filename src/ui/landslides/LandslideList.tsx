import { useState } from 'react'
import { Button, ListBox, ListBoxItem } from 'react-aria-components'
import type { Landslide, LandslideOrder } from '../../core/review/landslideAttributes'
import { selectLandslide } from '../../state/actions/landslides'
import { useStudio, useStudioState } from '../studioContext'
import { describeLandslide, landslideColumns } from './landslideUnits'

interface LandslideListProps {
  /** In order. */
  landslides: readonly Landslide[]
  order: LandslideOrder
}

/** A speckled mask has thousands; nobody goes through more than these at a time. */
const PAGE = 100

export function LandslideList({ landslides, order }: LandslideListProps) {
  const studio = useStudio()
  const selected = useStudioState(state => state.selectedLandslide)
  const [shown, setShown] = useState(PAGE)
  const columns = landslideColumns(landslides, order)
  const at = landslides.findIndex(({ number }) => number === selected)
  const listed = landslides.slice(0, Math.max(shown, at + 1))
  return (
    <div className="landslides tabular">
      <div className="landslide-line landslide-head dim" aria-hidden="true">
        <span />
        {columns.map(({ id, title, detail }) => (
          <span key={id} title={detail}>
            {title}
          </span>
        ))}
      </div>
      <ListBox
        className="landslide-list"
        aria-label="Landslides of this mask"
        selectionMode="single"
        selectedKeys={selected === null ? [] : [selected]}
        onSelectionChange={keys => {
          const [number] = keys === 'all' ? [] : [...keys]
          selectLandslide(studio, typeof number === 'number' ? number : null)
        }}
      >
        {listed.map(landslide => (
          <ListBoxItem
            key={landslide.number}
            id={landslide.number}
            className="landslide-line"
            textValue={describeLandslide(landslide, columns)}
            aria-label={describeLandslide(landslide, columns)}
          >
            <span className="dim">{landslide.number}</span>
            {columns.map(column => (
              <span key={column.id}>{column.value(landslide)}</span>
            ))}
          </ListBoxItem>
        ))}
      </ListBox>
      {listed.length < landslides.length && (
        <Button className="button button-quiet" onPress={() => setShown(listed.length + PAGE)}>
          {`Show ${Math.min(PAGE, landslides.length - listed.length)} more of ${landslides.length}`}
        </Button>
      )}
    </div>
  )
}
