import { throwIfAborted, toAppError } from '../../core/foundation/appError'
import {
  addConfusion,
  confusion,
  emptyConfusion,
  type SegmentationMetrics,
  scores,
} from '../../core/rounds/metrics'
import { declareCommand, EXIT } from '../command'
import type { CommandIo } from '../node/commandIo'
import { describePassedOver, walkFiles } from '../node/walkFiles'
import { text } from '../optionSpec'
import { JSON_OUTPUT } from '../sharedOptions'

/** One document of `evaluate --json`. */
interface Evaluation extends SegmentationMetrics {
  matched: number
  pairs: ({ id: string; prediction: string; truth: string } & SegmentationMetrics)[]
  unmatched: { predictions: string[]; truths: string[] }
  refused: { path: string; code: string; message: string }[]
  remarks: { path: string; message: string }[]
}

export const evaluateCommand = declareCommand({
  name: 'evaluate',
  summary: 'Score predicted masks against their truth',
  details:
    'Landslide-class precision, recall, F1 and IoU from one pooled count over all pairs. Masks are GeoTIFF or HDF5; ' +
    'they pair by name or number ("image_37_mask.tif" with "mask_37.h5"). Truth pixels of 255 are left out.',
  options: {
    pred: text('<dir>', 'predicted masks: a folder, searched with its subfolders, or one file').required(),
    truth: text('<dir>', 'true masks').required(),
    json: JSON_OUTPUT.describe('print one JSON document, with every pair and what did not match'),
  },
  exits: { ok: 'scored', failed: 'nothing matched, or a file was refused' },
  async run({ options }, io) {
    const result = await scoreFolders(options.pred, options.truth, io)
    io.progress.clear()
    if (options.json) io.out(JSON.stringify(result, null, 2))
    else io.out(describe(result))
    for (const { path, message } of result.refused) io.note(`Refused ${path}: ${message}`)
    if (result.matched === 0)
      io.note('No prediction matched a truth: file names pair by their name or number.')
    return result.matched === 0 || result.refused.length > 0 ? EXIT.failed : EXIT.ok
  },
})

async function scoreFolders(predicted: string, truth: string, io: CommandIo): Promise<Evaluation> {
  const { looksLikeMask, maskKey, readMaskFile } = await import('../maskFile')
  const refused: Evaluation['refused'] = []
  const remarks: Evaluation['remarks'] = []
  const index = async (folder: string) => {
    const byKey = new Map<string, string>()
    const { files, passedOver } = await walkFiles([folder])
    for (const line of describePassedOver(passedOver)) io.note(line)
    for (const path of files.filter(looksLikeMask)) {
      const other = byKey.get(maskKey(path))
      if (other)
        refused.push({ path, code: 'bad-argument', message: `Pairs like ${other}; only that one is scored.` })
      else byKey.set(maskKey(path), path)
    }
    return byKey
  }
  const predictions = await index(predicted)
  const truths = await index(truth)
  const shared = [...predictions.keys()].filter(key => truths.has(key))
  const pairs: Evaluation['pairs'] = []
  let pooled = emptyConfusion()
  for (const [i, id] of shared.entries()) {
    throwIfAborted(io.signal)
    const [prediction, reference] = [predictions.get(id)!, truths.get(id)!]
    try {
      const mask = await readMaskFile(prediction, io)
      const label = await readMaskFile(reference, io)
      if (mask.width !== label.width || mask.height !== label.height) {
        const sizes = `${mask.width} x ${mask.height}, its truth ${label.width} x ${label.height}`
        refused.push({ path: prediction, code: 'shape-mismatch', message: `The mask is ${sizes}.` })
        continue
      }
      remarks.push(...mask.remarks.map(message => ({ path: prediction, message })))
      remarks.push(...label.remarks.map(message => ({ path: reference, message })))
      const counts = confusion(mask.mask, label.mask)
      pooled = addConfusion(pooled, counts)
      pairs.push({ id, prediction, truth: reference, ...scores(counts) })
    } catch (error) {
      const { code, message } = toAppError(error, 'file-unreadable')
      if (code === 'aborted') throw error
      refused.push({ path: `${prediction} / ${reference}`, code, message })
    }
    io.progress.update({ label: 'Scoring', done: i + 1, total: shared.length })
  }
  return {
    ...scores(pooled),
    matched: pairs.length,
    unmatched: {
      predictions: [...predictions].filter(([key]) => !truths.has(key)).map(([, path]) => path),
      truths: [...truths].filter(([key]) => !predictions.has(key)).map(([, path]) => path),
    },
    pairs,
    refused,
    remarks,
  }
}

function describe(result: Evaluation): string {
  const percent = (value: number | null) =>
    value === null ? 'undefined (0/0)' : `${(100 * value).toFixed(2)} %`
  return [
    `pairs      ${result.matched}`,
    `precision  ${percent(result.precision)}`,
    `recall     ${percent(result.recall)}`,
    `F1         ${percent(result.f1)}`,
    `IoU        ${percent(result.iou)}`,
    `counts     TP ${result.truePositive}, FP ${result.falsePositive}, FN ${result.falseNegative}, TN ${result.trueNegative}`,
    `unmatched  ${result.unmatched.predictions.length} predictions, ${result.unmatched.truths.length} truths`,
  ].join('\n')
}
