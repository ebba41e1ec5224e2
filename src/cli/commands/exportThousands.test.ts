import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hasTool } from '../../core/export/gdal.testing'
import { writeMaskGeotiff } from '../../core/export/resultGeotiffs'

/** Landslides in a row and a column of the mask, 8 pixels apart. */
const ACROSS = 224
const SIDE = 8 * ACROSS

/** Pixels of each landslide from its corner: a ring, a stair and a pixel that touches it by a corner. */
const SHAPE = ['0000', '0111', '0101', '0111'].map(row => [...row].map(Number))

const root = join(import.meta.dirname, '../../..')

/** What a file of 50,176 landslides may take with Node itself, bytes: the GeoPackage of 25 MB is in memory twice. */
const MOST_MEMORY = 420e6

test.skipIf(!hasTool('ogrinfo', '--version'))(
  '50,176 landslides leave in all formats within a bounded memory',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'scarp-thousands-'))
    const mask = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
      const [column, row] = [i % SIDE, Math.floor(i / SIDE)]
      return SHAPE[row % 8]?.[column % 8] ?? Number(row % 8 === 4 && column % 8 === 4)
    })
    const georeference = {
      ...{ crs: 'EPSG:32633', geoKeys: null },
      transform: [500_000, 10, 0, 5_200_000, 0, -10] as const,
    }
    const common = { width: SIDE, height: SIDE, georeference, metadata: {}, name: 'thousands' }
    writeFileSync(join(folder, 'event_mask.tif'), await writeMaskGeotiff({ ...common, mask }))
    const out = join(folder, 'out')
    const formats = ['gpkg', 'geojson', 'fgb', 'csv']
    const made = spawnSync(
      process.execPath,
      [
        ...[join(root, 'src/cli/scarp.mjs'), 'export', join(folder, 'event_mask.tif')],
        ...['--format', formats.join(','), '--out', out],
      ],
      { encoding: 'utf8' },
    )
    expect(made.stderr).toMatch(/Peak memory: \d+ MB/)
    expect(made.status).toBe(0)
    expect(made.stdout).toContain(`${(ACROSS ** 2).toLocaleString('en')} landslides`)
    const peak = 1e6 * Number(/Peak memory: (\d+) MB/.exec(made.stderr)![1])
    const sizes = formats.map(format => statSync(join(out, `event_landslides.${format}`)).size)
    console.info(`peak ${peak / 1e6} MB; files of ${sizes.map(size => Math.round(size / 1e6)).join(', ')} MB`)
    expect(peak).toBeLessThan(MOST_MEMORY)
    for (const format of formats) {
      const info = execFileSync('ogrinfo', ['-so', '-al', join(out, `event_landslides.${format}`)], {
        encoding: 'utf8',
      })
      expect(info, format).toContain(`Feature Count: ${ACROSS ** 2}`)
    }
  },
  300_000,
)
