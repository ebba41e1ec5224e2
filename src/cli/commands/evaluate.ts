import { AppError, throwIfAborted, toAppError } from '../../core/foundation/appError'
import type { Inventory } from '../../core/inventory/inventoryFile'
import {
  addObjects,
  compareObjects,
  DEFAULT_OVERLAP,
  noObjects,
  type ObjectScores,
  objectScores,
} from '../../core/inventory/objectScores'
import {
  addConfusion,
  confusion,
  emptyConfusion,
  type SegmentationMetrics,
  scores,
} from '../../core/rounds/metrics'
import { declareCommand, EXIT } from '../command'
import type { MaskFile } from '../maskFile'
import type { CommandIo } from '../node/commandIo'
import { describePassedOver, walkFiles } from '../node/walkFiles'
import { number, text } from '../optionSpec'
import { JSON_OUTPUT } from '../sharedOptions'

/** Scores of pixels, and of landslides one by one. */
interface Scored extends SegmentationMetrics {
  objects: ObjectScores
}

/** One document of `evaluate --json`. */
interface Evaluation extends Scored {
  matched: number
  pairs: ({ id: string; prediction: string; truth: string } & Scored)[]
  unmatched: { predictions: string[]; truths: string[] }
  refused: { path: string; code: string; message: string }[]
  remarks: { path: string; message: string }[]
}

export const evaluateCommand = declareCommand({
  name: 'evaluate',
  summary: 'Score predicted masks against their truth, by pixels and by landslides',
  details:
    'Landslide-class precision, recall, F1 and IoU from one pooled count over all pairs, and how many landslides are ' +
    'matched, split, merged, missed and false. Masks are GeoTIFF or HDF5; ' +
    'they pair by name or number ("image_37_mask.tif" with "mask_37.h5"). Truth pixels of 255 are left out. ' +
    'The truth may be an inventory of polygons (GeoPackage, GeoJSON, Shapefile, zip): it is burnt onto every mask by ' +
    'pixel centres, as gdal_rasterize does, and holds for every mask that the rectangle around it touches: no polygon ' +
    'means no landslide, unless its layers "area_of_interest", "footprint" and "not_analysed" say otherwise.',
  options: {
    pred: text('<dir>', 'predicted masks: a folder, searched with its subfolders, or one file').required(),
    truth: text('<path>', 'true masks, or an inventory of polygons').required(),
    overlap: number(
      '<share>',
      'landslides of the two match where more than this share of each lies in the other (Hoover et al. 1996)',
      0.5,
      0.99,
    ).default(DEFAULT_OVERLAP),
    json: JSON_OUTPUT.describe('print one JSON document, with every pair and what did not match'),
  },
  exits: { ok: 'scored', failed: 'nothing matched, or a file was refused' },
  async run({ options }, io) {
    const result = await scoreAll(options.pred, options.truth, options.overlap, io)
    io.progress.clear()
    if (options.json) io.out(JSON.stringify(result, null, 2))
    else io.out(describe(result))
    for (const { path, message } of result.refused) io.note(`Refused ${path}: ${message}`)
    if (result.matched === 0)
      io.note(
        'No prediction matched a truth: masks pair by their name or number, an inventory by where they lie.',
      )
    return result.matched === 0 || result.refused.length > 0 ? EXIT.failed : EXIT.ok
  },
})

/** A mask to score, and how to get its truth; null: the truth does not reach it. */
interface Pair {
  id: string
  prediction: string
  truth: string
  label(mask: MaskFile): Promise<Pick<MaskFile, 'width' | 'height' | 'mask' | 'remarks'> | null>
}

async function scoreAll(
  predicted: string,
  truth: string,
  overlap: number,
  io: CommandIo,
): Promise<Evaluation> {
  const { readMaskFile } = await import('../maskFile')
  const refused: Evaluation['refused'] = []
  const remarks: Evaluation['remarks'] = []
  const { pairs: wanted, unmatched } = await pairUp(predicted, truth, refused, io)
  const pairs: Evaluation['pairs'] = []
  let pooled = emptyConfusion()
  let objects = noObjects()
  for (const [i, { id, prediction, truth: reference, label: labelOf }] of wanted.entries()) {
    throwIfAborted(io.signal)
    try {
      const mask = await readMaskFile(prediction, io)
      const label = await labelOf(mask)
      if (label && (mask.width !== label.width || mask.height !== label.height)) {
        const sizes = `${mask.width} x ${mask.height}, its truth ${label.width} x ${label.height}`
        refused.push({ path: prediction, code: 'shape-mismatch', message: `The mask is ${sizes}.` })
      } else if (label) {
        remarks.push(...mask.remarks.map(message => ({ path: prediction, message })))
        remarks.push(...label.remarks.map(message => ({ path: reference, message })))
        const counts = confusion(mask.mask, label.mask)
        const found = compareObjects(mask.mask, label.mask, mask.width, mask.height, overlap)
        pooled = addConfusion(pooled, counts)
        objects = addObjects(objects, found)
        const pair = { ...scores(counts), objects: objectScores(found, overlap) }
        pairs.push({ id, prediction, truth: reference, ...pair })
      } else unmatched.predictions.push(prediction)
    } catch (error) {
      const { code, message } = toAppError(error, 'file-unreadable')
      if (code === 'aborted') throw error
      refused.push({ path: `${prediction} / ${reference}`, code, message })
    }
    io.progress.update({ label: 'Scoring', done: i + 1, total: wanted.length })
  }
  return {
    ...scores(pooled),
    objects: objectScores(objects, overlap),
    matched: pairs.length,
    unmatched,
    pairs,
    refused,
    remarks,
  }
}

/** Masks with their truth: by their names, or where the truth is polygons, by where they lie. */
async function pairUp(
  predicted: string,
  truth: string,
  refused: Evaluation['refused'],
  io: CommandIo,
): Promise<{ pairs: Pair[]; unmatched: Evaluation['unmatched'] }> {
  const { looksLikeMask, maskKey, readMaskFile } = await import('../maskFile')
  const masksIn = async (path: string) => {
    const { files, passedOver } = await walkFiles([path])
    for (const line of describePassedOver(passedOver)) io.note(line)
    return { files, masks: files.filter(looksLikeMask) }
  }
  const index = (paths: readonly string[]) => {
    const byKey = new Map<string, string>()
    for (const path of paths) {
      const other = byKey.get(maskKey(path))
      if (other)
        refused.push({ path, code: 'bad-argument', message: `Pairs like ${other}; only that one is scored.` })
      else byKey.set(maskKey(path), path)
    }
    return byKey
  }
  const { masks } = await masksIn(predicted)
  const { files, masks: labels } = await masksIn(truth)
  if (labels.length === 0 && files.some(path => /\.(gpkg|geojson|json|shp|zip)$/i.test(path))) {
    const { readInventoryPaths } = await import('../inventoryInputs')
    const inventory = await readInventoryPaths(files, io)
    const pairs = masks.map(prediction => ({
      id: prediction,
      prediction,
      truth,
      label: (mask: MaskFile) => burntTruth(inventory, mask, prediction),
    }))
    return { pairs, unmatched: { predictions: [], truths: [] } }
  }
  const predictions = index(masks)
  const truths = index(labels)
  const pairs = [...predictions].flatMap(([id, prediction]) => {
    const reference = truths.get(id)
    return reference ? [{ id, prediction, truth: reference, label: () => readMaskFile(reference, io) }] : []
  })
  return {
    pairs,
    unmatched: {
      predictions: [...predictions].filter(([key]) => !truths.has(key)).map(([, path]) => path),
      truths: [...truths].filter(([key]) => !predictions.has(key)).map(([, path]) => path),
    },
  }
}

/** null where the inventory does not reach the mask. @throws AppError as `burnInventory` */
async function burntTruth(inventory: Inventory, mask: MaskFile, path: string) {
  const { burnInventory, gridOf, inventoryReaches } = await import('../../core/inventory/inventoryFile')
  const grid = gridOf(mask)
  if (!grid) {
    throw new AppError(
      'file-unsupported',
      'The mask does not say where it lies, so no polygon can be put on it. Give a GeoTIFF with its coordinate system.',
    )
  }
  const burnt = await burnInventory(inventory, grid, `"${path}"`)
  if (!burnt.isMapped && !(await inventoryReaches(inventory, grid, `"${path}"`))) return null
  return { width: grid.width, height: grid.height, mask: burnt.mask, remarks: [] }
}

function describe(result: Evaluation): string {
  const percent = (value: number | null) =>
    value === null ? 'undefined (0/0)' : `${(100 * value).toFixed(2)} %`
  const { objects } = result
  const { truth, mapped } = objects
  const total = (counts: Record<string, number>) =>
    Object.values(counts).reduce((sum, count) => sum + count, 0)
  return [
    `pairs      ${result.matched}`,
    `precision  ${percent(result.precision)}`,
    `recall     ${percent(result.recall)}`,
    `F1         ${percent(result.f1)}`,
    `IoU        ${percent(result.iou)}`,
    `counts     TP ${result.truePositive}, FP ${result.falsePositive}, FN ${result.falseNegative}, TN ${result.trueNegative}`,
    `objects    truth ${total(truth)}: ${truth.matched} matched, ${truth.split} split, ${truth.merged} merged, ${truth.missed} missed`,
    `           map ${total(mapped)}: ${mapped.matched} matched, ${mapped.splitting} splitting, ${mapped.merging} merging, ${mapped.fragment} fragments, ${mapped.false} false`,
    `           found ${percent(objects.recall)}, not false ${percent(objects.precision)}; match: more than ${100 * objects.overlap} % of both`,
    `unmatched  ${result.unmatched.predictions.length} predictions, ${result.unmatched.truths.length} truths`,
  ].join('\n')
}
