import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { randomStream } from '../foundation/random'
import { maskBy } from '../inventory/hostileMasks.testing'
import { collect, rasterOf } from '../inventory/inventories.testing'
import { hasTool, temporaryFile } from './gdal.testing'

/** The same attributes by GDAL's aspect and slope, GEOS' outlines and NumPy, from the two rasters alone. */
const ORACLE = `
import json, math, sys
import numpy as np
from osgeo import gdal, ogr, osr
gdal.UseExceptions()
mask_file, height_file, width, height = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
frame = (500000, 10, 0, 5200000, 0, -10)
srs = osr.SpatialReference(); srs.ImportFromEPSG(32633)
def raster(values, kind):
    made = gdal.GetDriverByName('MEM').Create('', width, height, 1, kind)
    made.SetGeoTransform(frame); made.SetProjection(srs.ExportToWkt())
    made.GetRasterBand(1).WriteArray(values.reshape(height, width))
    return made
mask = np.fromfile(mask_file, np.uint8)
z = np.fromfile(height_file, np.float32)
marked = raster(mask, gdal.GDT_Byte)
ground = raster(z, gdal.GDT_Float32)
aspect = gdal.DEMProcessing('', ground, 'aspect', format='MEM', computeEdges=True).ReadAsArray()
store = ogr.GetDriverByName('Memory').CreateDataSource('')
pieces = store.CreateLayer('pieces', srs)
pieces.CreateField(ogr.FieldDefn('value', ogr.OFTInteger))
gdal.Polygonize(marked.GetRasterBand(1), marked.GetRasterBand(1), pieces, 0, [])
# Pieces that touch, corners too, are one: by a hair of a buffer.
grown = ogr.Geometry(ogr.wkbMultiPolygon)
for piece in pieces: grown.AddGeometry(piece.GetGeometryRef().Buffer(0.01))
joined = grown.UnionCascaded()
out = []
for i in range(joined.GetGeometryCount()):
    labels = store.CreateLayer('one%d' % i, srs)
    feature = ogr.Feature(labels.GetLayerDefn()); feature.SetGeometry(joined.GetGeometryRef(i).Buffer(-0.005))
    labels.CreateFeature(feature)
    burnt = raster(np.zeros(width * height, np.uint8), gdal.GDT_Byte)
    gdal.RasterizeLayer(burnt, [1], labels, burn_values=[1])
    own = burnt.ReadAsArray() == 1
    rows, columns = np.nonzero(own)
    heights = z.reshape(height, width)[own].astype(float)
    facing = np.radians(aspect[own][aspect[own] >= 0].astype(float))
    edges = sum(np.count_nonzero(np.diff(np.pad(own, 1).astype(int), axis=axis)) for axis in (0, 1))
    # The box by turning in steps of a twentieth of a degree, about the corners of the pixels.
    x = np.concatenate([columns + a for a in (0, 1) for b in (0, 1)]) * 10.0
    y = np.concatenate([rows + b for a in (0, 1) for b in (0, 1)]) * 10.0
    boxes = []
    for angle in np.radians(np.arange(0, 90, 0.05)):
        along, across = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
        boxes.append((np.ptp(along) * np.ptp(across), np.ptp(along), np.ptp(across), angle))
    area, a, b, angle = min(boxes)
    fit = np.linalg.lstsq(np.stack([columns * 10.0, rows * 10.0, np.ones(len(rows))], 1), heights, rcond=None)[0]
    falls = abs(fit[0] * math.cos(angle) + fit[1] * math.sin(angle)) * a, abs(fit[1] * math.cos(angle) - fit[0] * math.sin(angle)) * b
    out.append({'first': int(rows[0]) * width + int(columns[0]), 'pixels': len(rows), 'perimeter': int(edges) * 10,
      'least': heights.min(), 'most': heights.max(), 'length': a if falls[0] >= falls[1] else b, 'box': area,
      'falls': sorted(falls), 'aspect': math.degrees(math.atan2(np.sin(facing).sum(), np.cos(facing).sum())) % 360})
print(json.dumps(sorted(out, key=lambda one: one['first'])))
`

interface Known {
  pixels: number
  perimeter: number
  least: number
  most: number
  length: number
  box: number
  falls: [number, number]
  aspect: number
}

describe.skipIf(!hasTool('/usr/bin/python3', '-cimport numpy, osgeo.ogr'))(
  'attributes by GDAL and NumPy',
  () => {
    it('agree on landslides of all shapes on rough ground', async () => {
      const [width, height] = [160, 120]
      const random = randomStream(18, 'attributes')
      const slides = Array.from({ length: 40 }, () => ({
        x: random.integer(0, width),
        y: random.integer(0, height),
        long: random.integer(3, 14),
        wide: random.integer(1, 6),
        angle: random.uniform() * Math.PI,
      }))
      const { mask } = maskBy(width, height, (column, row) =>
        slides.some(({ x, y, long, wide, angle }) => {
          const along = (column - x) * Math.cos(angle) + (row - y) * Math.sin(angle)
          const across = (row - y) * Math.cos(angle) - (column - x) * Math.sin(angle)
          return (along / long) ** 2 + (across / wide) ** 2 < 1
        }),
      )
      const elevation = Float32Array.from(mask, (_, i) => {
        const [x, y] = [i % width, Math.floor(i / width)]
        return 900 + 60 * Math.sin(x / 17) + 45 * Math.cos(y / 13 + x / 40) + random.normal()
      })
      const { landslides } = await collect(rasterOf(mask, width, { elevation }))
      const maskFile = temporaryFile('mask.bin', mask)
      const heightFile = temporaryFile('height.bin', new Uint8Array(elevation.buffer))
      const said = execFileSync('/usr/bin/python3', [
        '-c',
        ORACLE,
        maskFile,
        heightFile,
        String(width),
        String(height),
      ])
      const known = JSON.parse(said.toString()) as Known[]
      expect(landslides).toHaveLength(known.length)
      expect(known.length).toBeGreaterThan(15)
      let clear = 0
      landslides.forEach(({ fields }, i) => {
        const one = known[i]!
        expect(fields).toMatchObject({
          pixels: one.pixels,
          area_m2: one.pixels * 100,
          perimeter_m: one.perimeter,
          elev_min_m: one.least,
          elev_max_m: one.most,
        })
        // Aspect of GDAL is float32 a pixel.
        expect(Math.abs(((fields.aspect_deg! - one.aspect + 540) % 360) - 180)).toBeLessThan(1e-3)
        // The turned box in steps of 0.05 degrees is a little larger, never smaller.
        const box = fields.length_m! * fields.width_m!
        expect(box).toBeLessThanOrEqual(one.box + 1e-6)
        expect(box).toBeGreaterThan(one.box * 0.99)
        const isClear = one.falls[1] > one.falls[0] * 1.05 && one.box / box < 1.0001
        if (!isClear) return
        clear++
        expect(fields.length_m! / one.length).toBeCloseTo(1, 2)
      })
      expect(clear).toBeGreaterThan(known.length / 3)
    })
  },
)
