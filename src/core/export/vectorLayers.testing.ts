import { execFileSync } from 'node:child_process'
import type { Field, FieldValue } from '../inventory/fields'
import { gdalPython } from './gdal.testing'
import type { Feature, FeatureGeometry, VectorLayer } from './vectorLayer'

const field = (name: string, type: Field['type']): Field => ({
  name,
  type,
  title: `Title of ${name}`,
  unit: type === 'real' ? 'm²' : null,
  detail: `What ${name} holds`,
})

/** A text, an integer and a number. */
export const FIELDS = [field('id', 'text'), field('pixels', 'integer'), field('area_m2', 'real')]

export function layerOf(
  features: readonly Feature[],
  change: Partial<Omit<VectorLayer, 'features'>> = {},
): VectorLayer {
  return {
    name: 'landslides',
    title: 'Landslides',
    geometry: 'multipolygon',
    crs: 'EPSG:32633',
    fields: FIELDS,
    style: null,
    ...change,
    async *features() {
      yield* features
    },
  }
}

export function feature(geometry: FeatureGeometry | null, values: Record<string, FieldValue> = {}): Feature {
  return { geometry, values: { id: 'a-1', pixels: 12, area_m2: 1200.5, ...values } }
}

/** Counter-clockwise. */
export const square = (x: number, y: number, side: number): number[] => [
  ...[x, y, x + side, y],
  ...[x + side, y + side, x, y + side],
]

/** Two polygons, the first with a hole, 10 m pixels of a raster in UTM. */
export const WITH_HOLE: FeatureGeometry = [
  [square(500000, 5000000, 100), [...square(500030, 5000030, 20)].reverse().flatMap(swapped)],
  [square(500100, 5000100, 10)],
]

/** Of a list of numbers read backwards: pairs the right way round. */
function swapped(value: number, i: number, all: readonly number[]): number[] {
  return i % 2 === 0 ? [all[i + 1]!, value] : []
}

/** Texts that break what quotes them badly. */
export const HOSTILE_TEXTS = [
  `O'Brien "quoted" \\ back`,
  'line\nbreak\r\nand tab\t',
  'nul\0inside',
  '滑坡 🏔️ é',
  'half \ud83c',
  "'); DROP TABLE landslides; --",
  '=HYPERLINK("http://example.org","x")',
  '</script><b>&amp;',
  'x'.repeat(10_000),
  '',
]

/** What is left of a hostile text in a file. */
export const stored = (text: string) =>
  text.replace('nul\0', 'nul\ufffd').replace('half \ud83c', 'half \ufffd')

/** null: without GDAL. */
export const PYTHON = gdalPython()

export function python(program: string, ...args: string[]): string {
  return execFileSync(PYTHON!, ['-c', program, ...args], { encoding: 'utf8', maxBuffer: 2 ** 28 })
}

/**
 * What GDAL reads of every feature: its values, geometry (WKT) and whether that is valid; and of each layer its EPSG code.
 * By Python, since the ogrinfo of GDAL 3.6 has no JSON.
 *
 * @throws if GDAL warns
 */
export function ogrRead(path: string): Record<
  string,
  {
    epsg: string | null
    system: string | null
    extent: number[] | null
    types: Record<string, string>
    rows: { values: Record<string, FieldValue>; wkt: string | null; valid: boolean; area: number }[]
  }
> {
  const program = `
import json, sys
from osgeo import gdal, ogr
gdal.UseExceptions()
said = []
gdal.PushErrorHandler(lambda kind, number, message: said.append(message))
source = gdal.OpenEx(sys.argv[1], gdal.OF_VECTOR)
out = {}
for i in range(source.GetLayerCount()):
    layer = source.GetLayer(i)
    system = layer.GetSpatialRef()
    definition = layer.GetLayerDefn()
    types = {definition.GetFieldDefn(k).GetName(): definition.GetFieldDefn(k).GetTypeName() for k in range(definition.GetFieldCount())}
    rows = []
    for row in layer:
        geometry = row.GetGeometryRef()
        rows.append({
            'values': {name: row[name] for name in types},
            'wkt': geometry.ExportToIsoWkt() if geometry else None,
            'valid': geometry.IsValid() if geometry else True,
            'area': geometry.Area() if geometry and geometry.GetDimension() == 2 else 0,
        })
    place = definition.GetGeomFieldCount() > 0 and any(row['wkt'] for row in rows)
    out[layer.GetName()] = {
        'epsg': system.GetAuthorityCode(None) if system else None,
        'system': system.GetName() if system else None,
        'extent': list(layer.GetExtent()) if place else None,
        'types': types,
        'rows': rows,
    }
if said:
    sys.exit('GDAL says: ' + '; '.join(said))
print(json.dumps(out))`
  return JSON.parse(python(program, path)) as ReturnType<typeof ogrRead>
}
