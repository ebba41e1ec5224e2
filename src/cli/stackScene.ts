import { AppError } from '../core/foundation/appError'
import { plural } from '../core/foundation/text'
import { BANDS } from '../core/patches/bands'
import { SYNTHETIC_BANDS } from '../core/raster/geotiff/gdalMetadata'
import type { FoundScene } from '../core/scenes/scene'
import { georeferenceOf, isAbsent } from '../core/scenes/stack'
import { shippedMeans } from './modelStatistics'
import type { CommandIo } from './node/commandIo'
import { MemberSpool } from './node/memberSpool'
import { pathKind } from './node/nodeFiles'
import { streamCogFile } from './node/streamCogFile'
import { baseName, describeStack, findSceneInputs, openInputs, recipeOf, wantedOf } from './sceneInputs'
import type { SceneChoices } from './sceneOptions'

export interface StackRequest extends SceneChoices {
  paths: readonly string[]
  /** Which of several; null: there is one. */
  scene: string | null
  out: string
  force: boolean
}

/** Rows that are read and compressed at once: the block of a strip of windows stays small at 10,980 columns. */
const TILE = 256

/**
 * The work of `scarp stack`.
 *
 * @returns the scene's name and the share of pixels with data
 */
export async function stackScene(
  request: StackRequest,
  io: CommandIo,
): Promise<{ name: string; valid: number }> {
  const members = new MemberSpool()
  return stackWith(request, members, io).finally(() => members.remove())
}

async function stackWith(
  request: StackRequest,
  members: MemberSpool,
  io: CommandIo,
): Promise<{ name: string; valid: number }> {
  const { out, force } = request
  if ((await pathKind(out)) !== null && !force) {
    throw new AppError('bad-argument', `"${out}" is there. --force overwrites it; or give another --out.`)
  }
  const inputs = await findSceneInputs(request.paths, request, io, members)
  for (const { path, message } of inputs.refused) io.note(`Refused ${path}: ${message}`)
  const scene = chosenScene(inputs.scenes, request.scene)
  const recipe = recipeOf(scene, inputs, request, await shippedMeans(io.root))
  for (const line of describeStack(scene)) io.note(line)
  const stack = await openInputs(recipe, inputs.files, io).open()
  const { window, mask } = await wantedOf(recipe, inputs, io)
  const { column, row, width, height } = window
  const { crs, transform } = recipe.grid
  let valid = 0
  await streamCogFile(
    out,
    {
      width,
      height,
      sampleType: 'float32',
      nodata: 'nan',
      georeference: georeferenceOf({ crs, transform, geoKeys: null }, window),
      name: recipe.name,
      descriptions: BANDS.map(({ name }) => name),
      metadata: {
        SCARP_SCENE: recipe.name,
        [SYNTHETIC_BANDS]: recipe.bands
          .flatMap((band, i) => (isAbsent(band) ? [BANDS[i]!.name] : []))
          .join(','),
        SCARP_RESAMPLING: recipe.resampling,
        SCARP_ELEVATION: recipe.elevation.map(baseName).join(','),
        SCARP_SLOPE: recipe.slope === null ? 'Horn, at the posting of the elevation' : baseName(recipe.slope),
      },
      tile: TILE,
      async rows(top, count) {
        const rows = { column, row: row + top, width, height: count }
        const pixels = await stack.read(rows, io.signal)
        const inside = mask?.(rows)
        const area = width * count
        const planes = BANDS.map((_, band) => {
          const plane = pixels.data.subarray(band * area, (band + 1) * area)
          for (let i = 0; i < area; i++) {
            if (pixels.valid?.[i] === 0 || inside?.[i] === 0) plane[i] = Number.NaN
            else if (band === 0) valid++
          }
          return plane
        })
        // Thrown while it is written, so that no file of nothing is left.
        if (top + count === height && valid === 0) throw nothingIn(recipe.name, mask !== null)
        return planes
      },
    },
    { signal: io.signal, onProgress: progress => io.progress.update(progress) },
  )
  io.progress.clear()
  return { name: recipe.name, valid: valid / (width * height) }
}

function nothingIn(name: string, hasArea: boolean): AppError {
  const where = hasArea ? 'in this area' : 'anywhere'
  return new AppError(
    'file-unsupported',
    `"${name}" has no pixel ${where} with both reflectance and elevation: choose another area or elevation.`,
  )
}

function chosenScene(scenes: readonly FoundScene[], name: string | null): FoundScene {
  if (scenes.length === 0) {
    throw new AppError(
      'file-unsupported',
      'There is no Sentinel-2 scene among these files. Give a product (SAFE folder or zip), its bands, or a GeoTIFF of 10 to 13 bands.',
    )
  }
  const named = name === null ? scenes : scenes.filter(scene => scene.name === name)
  if (named.length === 1) return named[0]!
  const names = scenes.map(scene => `"${scene.name}"`).join(', ')
  throw new AppError(
    'bad-argument',
    named.length === 0
      ? `There is no scene "${name}" among ${names}.`
      : `There are ${plural(scenes.length, 'scene')}: ${names}. Choose one with --scene.`,
  )
}
