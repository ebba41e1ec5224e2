import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { zipFiles } from '../src/core/export/zipFiles'
import { madeScene } from '../src/worker/madeScene.testing'
import { sharedFile } from './sharedData'

const SOURCE = 'scenes/s2_l1c_slovenia_13band_0.tif'
const ELEVATION = 'scenes/dem_slovenia.tif'

/**
 * A Sentinel-2 product in SAFE's layout, zipped, and its elevation model in degrees: real pixels, mirrored over and over.
 *
 * @param size of the product, pixels of 10 m
 * @returns null where the real pixels or GDAL's JPEG 2000 driver are not there
 */
export async function sceneFiles(folder: string, size: number): Promise<{ zip: string; dem: string } | null> {
  const [source, dem] = [sharedFile(SOURCE), sharedFile(ELEVATION)]
  if (!source || !dem || !writesJpeg2000()) return null
  const script = resolve(import.meta.dirname, '../scripts/make-product.mjs')
  execFileSync('node', [script, '--source', source, '--dem', dem, '--out', folder, '--size', String(size)], {
    stdio: 'ignore',
  })
  const product = readdirSync(folder).find(name => name.endsWith('.SAFE'))!
  const files = readdirSync(join(folder, product), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
  const zip = join(folder, `${product}.zip`)
  const blob = await zipFiles(
    files.map(path => ({ name: relative(folder, path), bytes: new Uint8Array(readFileSync(path)) })),
  )
  writeFileSync(zip, new Uint8Array(await blob.arrayBuffer()))
  return { zip, dem: join(folder, 'DEM_degrees.tif') }
}

/** A scene of 13 named bands and its elevation as GeoTIFFs, of made-up pixels. */
export async function madeSceneFiles(
  folder: string,
  width: number,
  height: number,
  name = 'scene',
): Promise<string[]> {
  mkdirSync(folder, { recursive: true })
  const made = Object.values(await madeScene(width, height, name))
  return Promise.all(
    made.map(async ({ path, file }) => {
      writeFileSync(join(folder, path), new Uint8Array(await file.arrayBuffer()))
      return join(folder, path)
    }),
  )
}

function writesJpeg2000(): boolean {
  try {
    return execFileSync('gdal_translate', ['--formats'], { encoding: 'utf8' }).includes('JP2OpenJPEG')
  } catch {
    return false
  }
}
