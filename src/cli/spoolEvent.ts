import { AppError, throwIfAborted, toAppError } from '../core/foundation/appError'
import { plural } from '../core/foundation/text'
import { burnInventory, gridOf, type Inventory } from '../core/inventory/inventoryFile'
import type { LabelledImage, RefusedFile } from '../core/patches/importPatches'
import type { Domain, ValueScale } from '../core/patches/patch'
import { readMaskOf } from '../core/patches/readPatch'
import type { InputFile } from '../core/raster/inputFile'
import type { PixelWindow } from '../core/raster/rasterSource'
import { cutScene } from '../core/scenes/cells'
import { sampleScene } from '../core/scenes/sampleScene'
import { georeferenceOf } from '../core/scenes/stack'
import type { CommandIo } from './node/commandIo'
import { MemberSpool } from './node/memberSpool'
import type { OutFolder } from './node/outFolder'
import { type PatchSpool, spoolFiles } from './node/patchSpool'
import { type EventScene, eventInputs, findSceneInputs } from './sceneInputs'
import type { SceneChoices } from './sceneOptions'

/**
 * Reads patches and scenes into the spool, scenes as cells with what lies around them. A scene's label is the mask that
 * pairs with its name ("<scene>_mask.tif"), on its grid, else what an inventory has there. Says on stderr what was refused.
 *
 * @param as.domain of the source every scene needs its mask
 * @param means [14] raw units, for bands that a product does not have
 * @throws AppError `file-unreadable` for a path that does not exist, `aborted`
 */
export async function spoolEvent(
  path: string,
  as: {
    domain: Domain
    valueScale: ValueScale | 'auto'
    scenes: SceneChoices
    inventory: Inventory | null
  },
  means: readonly number[],
  spool: PatchSpool,
  io: CommandIo,
  out: OutFolder,
): Promise<RefusedFile[]> {
  const { domain, valueScale, inventory } = as
  const members = new MemberSpool()
  try {
    const inputs = await findSceneInputs([path], { ...as.scenes, inventory }, io, members, out)
    const event = await eventInputs(inputs, [path], { ...as.scenes, valueScale }, means, io)
    for (const { path, message } of event.refused) io.note(`Refused ${path}: ${message}`)
    const labelOf = inventory ? (image: LabelledImage) => inventoryLabel(inventory, image) : undefined
    const { refused } = await spoolFiles(
      event.patches,
      { domain, scale: valueScale, means, labelOf },
      spool,
      io,
    )
    refused.unshift(...event.refused)
    for (const scene of event.scenes) {
      try {
        await spoolScene(scene, domain, inventory, spool, io)
      } catch (thrown) {
        const { code, message } = toAppError(thrown)
        if (code === 'aborted') throw thrown
        io.note(`Refused ${scene.name}: ${message}`)
        refused.push({ path: scene.name, code, message })
      }
    }
    io.progress.clear()
    if (inventory) {
      const read = spool.patches.filter(patch => patch.domain === domain)
      const labelled = read.filter(({ hasLabel }) => hasLabel).length
      io.note(
        `${path}: ${labelled} of ${plural(read.length, 'patch or cell', 'patches and cells')} with a label; where the ` +
          'inventory has no polygon, its label says no landslide.',
      )
    }
    return refused
  } finally {
    await members.remove()
  }
}

async function spoolScene(
  scene: EventScene,
  domain: Domain,
  inventory: Inventory | null,
  spool: PatchSpool,
  io: CommandIo,
): Promise<void> {
  const { name, wanted, recipe, mask } = scene
  if (domain === 'source' && !mask && !inventory) {
    throw new AppError(
      'pair-missing',
      `No mask is called "${name}_mask.tif": nothing can be learned from it. Add it, or give polygons with --inventory.`,
    )
  }
  const context = { signal: io.signal, onProgress: io.progress.update }
  const stack = await scene.open()
  const { width, height } = stack
  const georeference = scene.georeference
  const image = { name, width, height, georeference }
  const label = mask ? await labelOf(mask, image, io) : inventory && (await inventoryLabel(inventory, image))
  if (domain === 'source' && !label) {
    throw new AppError(
      'pair-missing',
      `No polygon of the inventory lies on "${name}": nothing can be learned from it. Give the inventory of its area.`,
    )
  }
  const samples = await sampleScene(stack, scene, context)
  const pieces = await cutScene({
    width,
    height,
    bounds: wanted.window,
    ...(wanted.mask && { touches: window => wanted.mask!(window).includes(1) }),
    signal: io.signal,
  })
  const id = `${domain}/${name}`
  spool.scenes.push({ id, name, domain, width, height, georeference, recipe, wanted, samples })
  for (const [done, { id: place, window, kind }] of pieces.entries()) {
    throwIfAborted(io.signal)
    io.progress.update({ label: `Reading ${name}`, done, total: pieces.length })
    const { data, valid } = await stack.read(window, io.signal)
    const patch = {
      id: `${name}-${place}`,
      name: `${name} ${place}`,
      domain,
      width: window.width,
      height: window.height,
      data,
      valid,
      label: label && cutOut(label, width, window),
      scale: 'raw' as const,
      georeference: georeferenceOf(georeference, window),
    }
    // A cell without any data is nothing to judge or learn from.
    const isMargin = kind === 'margin' || valid?.includes(1) === false
    await spool.add(patch, { scene: id, window, isMargin })
  }
}

/**
 * [height, width] of 0, 1, 255; null where no polygon lies on the image and nothing says that it was looked at: an inventory
 * need not reach all that it is given with.
 *
 * @throws AppError as `burnInventory`
 */
async function inventoryLabel(inventory: Inventory, image: LabelledImage): Promise<Uint8Array | null> {
  const grid = gridOf(image)
  if (!grid) return null
  const { mask, hasLandslide, isMapped } = await burnInventory(inventory, grid, `"${image.name}"`)
  return hasLandslide || isMapped ? mask : null
}

/** [height, width] of 0, 1, 255. @throws AppError as `readMaskOf` */
async function labelOf(
  mask: InputFile,
  scene: Parameters<typeof readMaskOf>[0],
  io: CommandIo,
): Promise<Uint8Array> {
  const raster = await io.openRaster(mask, { signal: io.signal })
  const { label, remarks } = await readMaskOf(scene, raster, io.signal)
  for (const { message } of remarks) io.note(`${mask.path}: ${message}`)
  return label
}

function cutOut(plane: Uint8Array, width: number, window: PixelWindow): Uint8Array {
  const out = new Uint8Array(window.width * window.height)
  for (let y = 0; y < window.height; y++) {
    const from = (window.row + y) * width + window.column
    out.set(plane.subarray(from, from + window.width), y * window.width)
  }
  return out
}
