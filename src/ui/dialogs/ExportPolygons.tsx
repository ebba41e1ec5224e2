import { useEffect, useState } from 'react'
import { Checkbox, CheckboxGroup, Label } from 'react-aria-components'
import { type InventoryCounts, inventoryNotes } from '../../core/export/inventoryCounts'
import { VECTOR_FORMATS, type VectorFormat } from '../../core/export/vectorLayer'
import { toAppError } from '../../core/foundation/appError'
import { countPolygons, type PolygonChoice } from '../../state/patches/exportMasks'
import { NumberField } from '../controls/Fields'
import { useStudio } from '../studioContext'

const FORMAT_TITLES: Readonly<Record<VectorFormat, { title: string; detail: string }>> = {
  gpkg: { title: 'GeoPackage', detail: 'with sources, footprint, what was not analysed; styled' },
  geojson: { title: 'GeoJSON', detail: 'WGS 84' },
  fgb: { title: 'FlatGeobuf', detail: 'for the web and large sets' },
  csv: { title: 'CSV', detail: 'the table, for spreadsheets' },
}

/** Larger than any landslide on record. */
const LARGEST = 1e8

/** Files of the inventory, what may be left out of it, and what that comes to. */
export function PolygonFields({
  withFiles,
  value,
  patchIds,
  onChange,
}: {
  /** Whether the kinds of files may be chosen. */
  withFiles: boolean
  value: PolygonChoice
  patchIds: readonly string[]
  onChange: (value: PolygonChoice) => void
}) {
  const { formats, options } = value
  const counted = useCounts(patchIds, options)
  const inPixels = counted !== 'counting' && 'landslides' in counted && counted.area === null
  const unit = inPixels ? 'pixels' : 'm²'
  const change = (changed: Partial<PolygonChoice['options']>) =>
    onChange({ ...value, options: { ...options, ...changed } })
  return (
    <>
      {withFiles && (
        <CheckboxGroup
          className="checkbox-group"
          value={[...formats]}
          onChange={chosen =>
            onChange({ ...value, formats: VECTOR_FORMATS.filter(format => chosen.includes(format)) })
          }
        >
          <Label className="field-label">Files</Label>
          {VECTOR_FORMATS.map(format => (
            <Checkbox key={format} value={format} className="checkbox">
              <span className="checkbox-box" aria-hidden="true" />
              <span>
                {FORMAT_TITLES[format].title} <span className="dim">{FORMAT_TITLES[format].detail}</span>
              </span>
            </Checkbox>
          ))}
        </CheckboxGroup>
      )}
      <div className="field-row">
        <NumberField
          label={`Minimum area (${unit})`}
          {...{ minValue: 0, maxValue: LARGEST, step: inPixels ? 1 : 100 }}
          value={options.minimumArea}
          onChange={minimumArea => change({ minimumArea })}
        />
        <NumberField
          label={`Fill holes up to (${unit})`}
          {...{ minValue: 0, maxValue: LARGEST, step: inPixels ? 1 : 100 }}
          value={options.fillHoles}
          onChange={fillHoles => change({ fillHoles })}
        />
        <NumberField
          label="Simplify (pixels)"
          {...{ minValue: 0, maxValue: 10, step: 0.5 }}
          value={options.simplify}
          onChange={simplify => change({ simplify })}
        />
      </div>
      <p className="polygon-counts" role="status">
        {patchIds.length > 0 && countsText(counted, options)}
      </p>
    </>
  )
}

type Counted = InventoryCounts | 'counting' | { problem: string }

function countsText(counted: Counted, options: PolygonChoice['options']): string {
  if (counted === 'counting') return 'Counting landslides…'
  return 'problem' in counted ? counted.problem : inventoryNotes(counted, options).join(' ')
}

/** Keys that are typed one after the other count once. */
const PAUSE = 300

function useCounts(patchIds: readonly string[], options: PolygonChoice['options']): Counted {
  const studio = useStudio()
  const [counted, setCounted] = useState<Counted>('counting')
  const key = JSON.stringify([patchIds, options])
  useEffect(() => {
    const [ids, asked] = JSON.parse(key) as [string[], PolygonChoice['options']]
    if (ids.length === 0) return
    const stop = new AbortController()
    const timer = setTimeout(() => {
      setCounted('counting')
      countPolygons(studio, ids, asked, stop.signal).then(setCounted, (thrown: unknown) => {
        const { code, message } = toAppError(thrown)
        if (code !== 'aborted') setCounted({ problem: message })
      })
    }, PAUSE)
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [studio, key])
  return counted
}
