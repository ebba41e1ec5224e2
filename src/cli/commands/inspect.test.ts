import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zipSync } from 'fflate'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BANDS } from '../../core/patches/bands'
import { tinyHdf5 } from '../../core/raster/testing/tinyHdf5'
import { tinyTiff } from '../../core/raster/testing/tinyTiff'
import { sceneTiff } from '../../core/scenes/testing/sceneTiff'
import { recordingIo, runCommand } from '../commandIo.testing'
import { inspectCommand } from './inspect'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scarp-inspect-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function inspect(...argv: string[]) {
  const { io, outLines, notes } = recordingIo(undefined, folder)
  const code = await runCommand(inspectCommand, argv, io)
  return { code, text: outLines.join('\n'), notes: notes.join('\n') }
}

const manifestOf = (id: string, statistics: unknown) => ({
  format: 'scarp-model',
  version: 1,
  id,
  title: id,
  family: 'segformer',
  preset: 'tiny',
  bands: 14,
  classes: 2,
  parameters: 1,
  weights: { file: 'weights.safetensors', sha256: '0'.repeat(64) },
  statistics,
  license: 'Apache-2.0',
})

const image = () => {
  const data = Float64Array.from({ length: 16 * 14 }, (_, i) => (900 + i) / BANDS[i % 14]!.l4sDivisor)
  return tinyHdf5([{ name: 'img', data, shape: [4, 4, 14] }])
}

describe('inspect', () => {
  it('prints one JSON document with an entry a file, in order of name', async () => {
    await writeFile(join(folder, 'image_10.h5'), await image())
    await writeFile(join(folder, 'image_2.h5'), (await image()).slice(0, 700))
    await writeFile(join(folder, 'b.zip'), zipSync({ 'in/image_1.h5': await image() }))
    const scene = tinyTiff({
      width: 2,
      height: 1,
      bands: [[1, 2]],
      tags: [{ tag: 42113, type: 2, values: 'nan' }],
    })
    await writeFile(join(folder, 'scene.tif'), scene)
    await writeFile(join(folder, 'scene.tfw'), '2\n0\n0\n-2\n1\n-1\n')
    const { code, text } = await inspect(folder, '--json')
    const entries = JSON.parse(text)
    expect(code).toBe(1)
    expect(entries.map(({ path }: { path: string }) => path.slice(folder.length + 1))).toEqual([
      'b.zip/in/image_1.h5',
      'image_2.h5',
      'image_10.h5',
      'scene.tif',
    ])
    expect(entries[2]).toMatchObject({
      ok: true,
      kind: 'l4s-image',
      width: 4,
      height: 4,
      bands: 14,
      dtype: 'float64',
      crs: null,
      transform: null,
      nodata: null,
      scale: 'l4s',
      problems: [],
      distribution: [],
    })
    expect(entries[2]).not.toHaveProperty('statistics')
    expect(entries[1]).toMatchObject({ ok: false, code: 'file-malformed', message: expect.any(String) })
    expect(entries[3]).toMatchObject({ nodata: 'nan', scale: null, transform: [0, 2, 0, 0, 0, -2] })
  })

  it('exits 0 when all were opened, and takes the world file beside a file named alone', async () => {
    const path = join(folder, 'scene.tif')
    await writeFile(path, tinyTiff({ width: 1, height: 1, bands: [[1]] }))
    await writeFile(join(folder, 'scene.tfw'), '2\n0\n0\n-2\n1\n-1\n')
    const { code, text } = await inspect('--json', path)
    expect(code).toBe(0)
    expect(JSON.parse(text)[0].transform).toEqual([0, 2, 0, 0, 0, -2])
  })

  it('says which bands lie far from what the models were trained with', async () => {
    const deviation = BANDS.map((_, band) => (band === 13 ? 5 : 400))
    const mean = BANDS.map((_, band) => (band === 13 ? 90 : 1000))
    const statistics = { count: 100, mean, m2: deviation.map(value => value * value * 100) }
    for (const id of ['one', 'two']) {
      await mkdir(join(folder, 'models', id), { recursive: true })
      const manifest = manifestOf(id, { source: null, target: statistics })
      await writeFile(join(folder, 'models', id, 'manifest.json'), JSON.stringify(manifest))
    }
    await writeFile(join(folder, 'image_1.h5'), await image())
    const { text, notes, code } = await inspect(join(folder, 'image_1.h5'))
    expect(code).toBe(0)
    expect(text).toContain('Against one, two: 1 band is far')
    expect(text).toMatch(/DEM \(elevation\): 10\d\d ± \d+ instead of 90 ± 5 m/)
    expect(notes).toContain('The image against one, two: 1 band is far')
    const json = JSON.parse((await inspect('--json', join(folder, 'image_1.h5'))).text)
    expect(json[0].distribution[0]).toMatchObject({ models: ['one', 'two'], level: 'far' })
    expect(json[0].distribution[0].bands[13]).toMatchObject({ name: 'DEM', level: 'far' })
    await writeFile(join(folder, 'models/one/manifest.json'), '{')
    const damaged = await inspect(join(folder, 'image_1.h5'))
    expect(damaged.notes).toContain('Left out')
    expect(damaged.text).toContain('Against two')
    await expect(inspect(join(folder, 'image_1.h5'), '--models', join(folder, 'gone'))).rejects.toMatchObject(
      {
        code: 'bad-argument',
      },
    )
  })

  it('names the flag where the value scale is unclear, and takes the one that is given', async () => {
    // Medians near 400: between reflectance x 1000 and raw values.
    const data = Float64Array.from({ length: 16 * 14 }, (_, i) => 0.4 * (900 + i))
    const path = join(folder, 'image_1.h5')
    await writeFile(path, await tinyHdf5([{ name: 'img', data, shape: [4, 4, 14] }]))
    const entryOf = async (...argv: string[]) => JSON.parse((await inspect('--json', path, ...argv)).text)[0]
    const unclear = await entryOf()
    expect(unclear.scale).toBeNull()
    expect(unclear.problems.join()).toContain('--value-scale: l4s, raw, reflectance, x1000.')
    expect(await entryOf('--value-scale', 'x1000')).toMatchObject({ scale: 'x1000', problems: [] })
    await expect(inspect(path, '--value-scale', 'percent')).rejects.toMatchObject({
      code: 'bad-argument',
      message: '--value-scale takes auto, l4s, raw, reflectance, x1000, not "percent".',
    })
    await writeFile(path, await image())
    expect(await entryOf('--value-scale', 'raw')).toMatchObject({
      scale: 'raw',
      problems: ['The values look like Landslide4Sense stored values, unlike the scale chosen.'],
    })
  })

  it('says which sound file has no place in the scene, and which band that leaves open', async () => {
    for (const band of ['B02', 'B04', 'B08', 'B11', 'B12']) {
      const file = sceneTiff(`T33TWM_20200704T095029_${band}.tif`)
      await writeFile(join(folder, file.path), await file.slice(0, file.size))
    }
    const other = sceneTiff('T33TWL_20200704T095029_B03.tif')
    await writeFile(join(folder, other.path), await other.slice(0, other.size))
    const { code, text, notes } = await inspect(folder)
    expect(code).toBe(0)
    expect(text).toMatch(/\n {2}B3 +missing\n/)
    expect(text).toMatch(/\n {2}B10 +none: the models’ own mean\n/)
    expect(notes).toMatch(/Part of no scene: .*_B03.tif" is of tile T33TWL.*Take B3 of the same product/)
    expect(notes).toContain('6 opened, 0 refused.')
  })

  it('gives a missing path an entry, and refuses to run without one', async () => {
    const { code, text } = await inspect('--json', join(folder, 'gone.tif'))
    expect([code, JSON.parse(text)[0].code]).toEqual([1, 'file-unreadable'])
    await expect(inspect('--json')).rejects.toMatchObject({ code: 'bad-argument' })
  })
})
