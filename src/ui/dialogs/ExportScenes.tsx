import { Label, Radio, RadioGroup } from 'react-aria-components'
import { sharedGrids } from '../../core/export/mosaic'
import { shareText } from '../../core/export/mosaicTags'
import { plural } from '../../core/foundation/text'
import { georeferenceOf } from '../../core/scenes/stack'
import type { ExportChoice, ExportedScene } from '../../state/patches/exportMasks'

/** One file for each scene, or one mosaic of them. */
export function MosaicChoice({
  value,
  onChange,
}: {
  value: ExportChoice['mosaics']
  onChange: (value: ExportChoice['mosaics']) => void
}) {
  return (
    <RadioGroup
      className="radio-lines"
      value={value}
      onChange={chosen => onChange(chosen as ExportChoice['mosaics'])}
    >
      <Label className="field-label">Scenes</Label>
      <Radio value="scene" className="radio-line">
        <span className="radio-dot" aria-hidden="true" />
        One file for each scene
      </Radio>
      <Radio value="event" className="radio-line">
        <span className="radio-dot" aria-hidden="true" />
        One mosaic
      </Radio>
    </RadioGroup>
  )
}

const SHOWN = 3

/** What of each scene leaves, a sentence each, and what becomes of scenes that overlap. */
export function sceneNotes(scenes: readonly ExportedScene[], mosaics: ExportChoice['mosaics']): string[] {
  const notes = scenes.slice(0, SHOWN).map(({ scene, included, cells, share }) => {
    const rest = included < cells ? ' The rest is no data.' : ''
    return `${scene.name}: ${included} of ${plural(cells, 'cell')}, ${shareText(share)} of the area.${rest}`
  })
  if (scenes.length > SHOWN) notes.push(`And ${plural(scenes.length - SHOWN, 'more scene', 'more scenes')}.`)
  if (mosaics === 'event' && scenes.length > 1) {
    notes.push('Where scenes overlap, judged masks come first, then painted ones, then the later scene.')
    const grids = gridsOf(scenes)
    if (grids > 1) notes.push(`The scenes lie on ${grids} grids: one mosaic for each.`)
  }
  return notes
}

function gridsOf(scenes: readonly ExportedScene[]): number {
  const places = scenes.map(({ scene: { recipe, window } }) => {
    const { crs, transform } = recipe.grid
    const { width, height } = window
    return { georeference: georeferenceOf({ crs, transform, geoKeys: null }, window), width, height }
  })
  return sharedGrids(places).length
}
