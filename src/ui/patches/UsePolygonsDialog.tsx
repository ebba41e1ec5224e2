import { useState } from 'react'
import { Button, Label, Radio, RadioGroup } from 'react-aria-components'
import {
  closePolygons,
  type PolygonUse,
  polygonObstacle,
  takePolygons,
} from '../../state/patches/takePolygons'
import { StudioDialog } from '../dialogs/StudioDialog'
import { useStudio, useStudioState } from '../studioContext'

const NAMES = 6

const USES: { use: PolygonUse; title: string; detail: string }[] = [
  {
    use: 'label',
    title: 'Labels',
    detail:
      'Ground truth from elsewhere. Every patch that a polygon lies on becomes a source: landslide inside, none elsewhere on it.',
  },
  {
    use: 'correction',
    title: 'Corrections',
    detail: 'Your own mapping, as if painted and accepted on every patch that a polygon lies on.',
  },
  { use: 'area', title: 'Area of interest', detail: 'The part of a scene that you add next.' },
  {
    use: 'outlines',
    title: 'Reference outlines',
    detail: 'Lines over the map to compare with. Nothing is changed.',
  },
]

/** Asks what dropped polygons are: nothing is chosen before, since an inventory and an area look alike. */
export function UsePolygonsDialog() {
  const studio = useStudio()
  const paths = useStudioState(state => state.patches.waitingPolygons?.drop.areas) ?? []
  const obstacles = {
    label: useStudioState(state => polygonObstacle(state, 'label')),
    correction: useStudioState(state => polygonObstacle(state, 'correction')),
    area: null,
    outlines: useStudioState(state => polygonObstacle(state, 'outlines')),
  }
  const [use, setUse] = useState<PolygonUse | null>(null)
  return (
    <StudioDialog title="Use polygons" onClose={() => closePolygons(studio)}>
      <div className="stack">
        <ul className="attach-list">
          {paths.slice(0, NAMES).map(path => (
            <li key={path}>
              <code>{path}</code>
            </li>
          ))}
          {paths.length > NAMES && <li className="dim">and {paths.length - NAMES} more</li>}
        </ul>
        <RadioGroup className="radio-cards" value={use ?? ''} onChange={value => setUse(value as PolygonUse)}>
          <Label className="field-label">Use as</Label>
          {USES.map(({ use: id, title, detail }) => (
            <Radio
              key={id}
              value={id}
              className="radio-card"
              aria-label={title}
              isDisabled={obstacles[id] !== null}
            >
              <strong>{title}</strong>
              <span className="dim">{obstacles[id] ?? detail}</span>
            </Radio>
          ))}
        </RadioGroup>
        <div className="dialog-foot">
          {(use === 'label' || use === 'correction') && <span className="dim">Undo takes it back.</span>}
          <span className="spacer" />
          <Button className="button button-plain" onPress={() => closePolygons(studio)}>
            Cancel
          </Button>
          <Button
            className="button button-primary"
            isDisabled={use === null}
            onPress={() => use && void takePolygons(studio, use)}
          >
            Use
          </Button>
        </div>
      </div>
    </StudioDialog>
  )
}
