import { useState } from 'react'
import { Button } from 'react-aria-components'
import type { Polygon } from '../../core/scenes/polygons'
import type { FoundScene, SceneGrid } from '../../core/scenes/scene'
import { chooseForScene } from '../../state/scenes/addScene'
import type { SceneBuilder } from '../../state/scenes/builder'
import type { SceneChoices } from '../../worker/protocol'
import { NumberField, Select } from '../controls/Fields'
import { useStudio } from '../studioContext'
import { isRectangle, type PixelBox, rectangle, rectangleOf } from './drawnArea'
import { PlanError } from './PlanSummary'
import { QuickLook } from './QuickLook'
import { baseName } from './sceneText'

interface AreaSectionProps {
  builder: SceneBuilder
  scene: FoundScene
  choices: SceneChoices
}

type Shape = 'rectangle' | 'polygon'

const FILE = 'file:'

/** The quick look of a scene with the part of it that is asked for. */
export function AreaSection({ builder, scene, choices }: AreaSectionProps) {
  const studio = useStudio()
  const { area } = choices
  const drawn: readonly Polygon[] = area?.kind === 'drawn' ? area.polygons : []
  const [shape, setShape] = useState<Shape>(
    drawn.length === 0 || isRectangle(drawn) ? 'rectangle' : 'polygon',
  )
  /** Corners of a polygon that has too few of them to be one. */
  const [corners, setCorners] = useState<readonly number[]>([])
  const size = sizeOf(scene)
  const draw = (polygons: Polygon[]) => chooseForScene(studio, { area: { kind: 'drawn', polygons } })
  const choose = (id: string) => {
    setCorners([])
    if (id.startsWith(FILE)) chooseForScene(studio, { area: { kind: 'file', path: id.slice(FILE.length) } })
    else if (id === 'whole') chooseForScene(studio, { area: null })
    else {
      setShape(id as Shape)
      draw(id === 'rectangle' ? [rectangle(middleOf(size))] : [])
    }
  }
  const ring = drawn[0]?.[0] ?? corners
  const setRing = (points: readonly number[]) => {
    setCorners(points)
    draw(points.length >= 6 ? [[points]] : [])
  }
  const value = area === null ? 'whole' : area.kind === 'file' ? `${FILE}${area.path}` : shape
  return (
    <section className="stack" aria-label="Area of interest">
      <QuickLook
        drop={builder.drop.id}
        scene={scene.name}
        size={size}
        plan={builder.plan?.status === 'ready' ? builder.plan.plan : null}
        drawn={drawn}
        corners={value === 'polygon' ? ring : []}
        tool={value === 'polygon' ? 'polygon' : 'rectangle'}
        isDrawn={area?.kind === 'drawn'}
        onRectangle={box => {
          setShape('rectangle')
          draw([rectangle(box)])
        }}
        onCorner={(x, y) => setRing([...ring, x, y])}
      />
      <Select
        label="Area of interest"
        inline
        value={value}
        options={[
          { id: 'whole', title: 'Whole scene' },
          ...builder.drop.areas.map(path => ({ id: `${FILE}${path}`, title: baseName(path) })),
          { id: 'rectangle', title: 'Rectangle' },
          { id: 'polygon', title: 'Polygon' },
        ]}
        onChange={choose}
      />
      {value === 'whole' && (
        <p className="dim">
          Drag on the picture for a part of it, or add a GeoJSON, GeoPackage or Shapefile.
        </p>
      )}
      {value === 'rectangle' && scene.grid && (
        <RectangleFields
          grid={scene.grid}
          box={rectangleOf(drawn) ?? middleOf(size)}
          onChange={box => draw([rectangle(box)])}
        />
      )}
      {value === 'polygon' && (
        <div className="button-row">
          <span className="dim">
            {ring.length < 6
              ? 'Click the corners, or use the arrow keys and Enter.'
              : `${ring.length / 2} corners`}
          </span>
          <span className="spacer" />
          <Button
            className="button button-plain"
            isDisabled={ring.length === 0}
            onPress={() => setRing(ring.slice(0, -2))}
          >
            Remove last corner
          </Button>
          <Button className="button button-plain" isDisabled={ring.length === 0} onPress={() => setRing([])}>
            Clear
          </Button>
        </div>
      )}
      <PlanError builder={builder} field="area" />
    </section>
  )
}

/** Of a scene's finest pixels, also where it has no place. */
function sizeOf({ grid, bands }: FoundScene): { width: number; height: number } {
  const all = grid ? [grid] : Object.values(bands)
  const side = (of: 'width' | 'height') => Math.max(1, ...all.map(band => band[of]))
  return { width: side('width'), height: side('height') }
}

/** Half of the scene along each side. */
function middleOf({ width, height }: { width: number; height: number }): PixelBox {
  const quarter = (length: number) => Math.floor(length / 4)
  return {
    left: quarter(width),
    top: quarter(height),
    right: Math.max(quarter(width) + 1, width - quarter(width)),
    bottom: Math.max(quarter(height) + 1, height - quarter(height)),
  }
}

interface RectangleFieldsProps {
  grid: SceneGrid
  box: PixelBox
  onChange: (box: PixelBox) => void
}

/** A rectangle in the scene's coordinates, on its pixels. */
function RectangleFields({ grid, box, onChange }: RectangleFieldsProps) {
  const [x0, dx, , y0, , dy] = grid.transform
  const down = Math.abs(dy)
  const format = { maximumFractionDigits: 2, useGrouping: false }
  const x = (column: number) => x0 + dx * column
  const y = (row: number) => y0 + dy * row
  const column = (easting: number) => Math.round((easting - x0) / dx)
  const row = (northing: number) => Math.round((northing - y0) / dy)
  const fields = [
    {
      label: 'West',
      value: x(box.left),
      minValue: x(0),
      maxValue: x(box.right - 1),
      step: dx,
      edge: (value: number) => ({ left: column(value) }),
    },
    {
      label: 'East',
      value: x(box.right),
      minValue: x(box.left + 1),
      maxValue: x(grid.width),
      step: dx,
      edge: (value: number) => ({ right: column(value) }),
    },
    {
      label: 'North',
      value: y(box.top),
      minValue: y(box.bottom - 1),
      maxValue: y(0),
      step: down,
      edge: (value: number) => ({ top: row(value) }),
    },
    {
      label: 'South',
      value: y(box.bottom),
      minValue: y(grid.height),
      maxValue: y(box.top + 1),
      step: down,
      edge: (value: number) => ({ bottom: row(value) }),
    },
  ]
  return (
    <fieldset className="scene-rectangle" aria-label={`Rectangle, ${grid.crs}`}>
      {fields.map(({ label, edge, ...range }) => (
        <NumberField
          key={label}
          label={label}
          {...range}
          format={format}
          onChange={value => onChange({ ...box, ...edge(value) })}
        />
      ))}
    </fieldset>
  )
}
