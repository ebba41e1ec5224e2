import { AppError } from '../../core/foundation/appError'
import { plural } from '../../core/foundation/text'
import { FAMILIES, type NetworkFamily, PUBLISHED_PRESETS } from '../../core/rounds/networks'
import type { ProfileRequest, Rehearsal } from '../../engine'
import { declareCommand, EXIT } from '../command'
import { provideWebGpuIfPossible } from '../node/startCliEngine'
import { choice, flag, text, whole } from '../optionSpec'
import { JSON_OUTPUT } from '../sharedOptions'

export const profileCommand = declareCommand({
  name: 'profile',
  summary: 'Count what a training step or a prediction asks of a GPU',
  details:
    'Rehearses one steady step on a device that computes nothing, and counts its dispatches, the bytes that they bind, ' +
    'multiplications and additions, memory, pipelines and uploads, by kernel and phase. The counts are exact on any ' +
    'machine, with a GPU or without; they are no times. docs/engine.md explains them.',
  options: {
    family: choice('<name>', 'the network', FAMILIES).otherwise('all five, in a table'),
    preset: text('<name>', 'size of the network; scarp models sizes lists them').otherwise(
      'the published one',
    ),
    size: whole('<pixels>', 'side of the square input', 32, 4096).default(512),
    batch: whole('<n>', 'images of a pass', 1, 256).default(1),
    passes: whole('<n>', 'passes of a training step, whose gradients are added up', 1, 256).default(1),
    checkpointing: flag('compute blocks again in the backward pass, as training does where memory is short'),
    inference: flag('count a prediction, not a training step'),
    software: flag('count the kernels that run on a CPU that pretends to be a GPU'),
    json: JSON_OUTPUT.describe('print one JSON document, or, without --family, a list of them'),
  },
  async run({ options }, io) {
    const { family, preset, size, batch, passes, checkpointing, inference, software, json } = options
    if (preset && !family) throw new AppError('bad-argument', '--preset needs --family.')
    if (inference && (passes > 1 || checkpointing))
      throw new AppError(
        'bad-argument',
        '--passes and --checkpointing are of training: leave --inference away.',
      )
    await provideWebGpuIfPossible(io)
    const { profileInference, profileTrainingStep } = await import('../../engine')
    const count = (of: NetworkFamily) => {
      const request: ProfileRequest = { family: of, preset: preset ?? PUBLISHED_PRESETS[of], size, batch }
      const device = software ? 'software' : 'hardware'
      const counts = inference
        ? profileInference(request, device)
        : profileTrainingStep({ ...request, passes, checkpointing }, device)
      return { request, counts }
    }
    const rows = (family ? [family] : FAMILIES).map(count)
    const documents = rows.map(({ request, counts }) => ({
      ...request,
      ...(inference ? {} : { passes, checkpointing }),
      inference,
      ...documentOf(counts),
    }))
    if (json) io.out(JSON.stringify(family ? documents[0] : documents, null, 2))
    else if (family) for (const line of linesOf(documents[0]!)) io.out(line)
    else for (const line of tableOf(documents)) io.out(line)
    return EXIT.ok
  },
})

interface WorkDocument {
  dispatches: number
  gbMoved: number
  gflop: number
}

/** The keys of `--json`; GB and MB are powers of ten, MiB of two, and a multiplication with its addition is two FLOP. */
function documentOf(counts: Rehearsal) {
  return {
    ...workOf(counts),
    peakGb: rounded(counts.peakBytes / 1e9),
    largestBufferMib: rounded(counts.largestBytes / 2 ** 20),
    largestDispatchGflop: rounded((2 * counts.largestDispatch) / 1e9),
    pipelines: counts.pipelines,
    uploadsMb: rounded(counts.uploadedBytes / 1e6),
    copies: counts.copies,
    submits: counts.submits,
    passes: counts.passes,
    buffersMade: counts.buffersMade,
    gbMade: rounded(counts.bytesMade / 1e9),
    byPhase: Object.fromEntries([...counts.byPhase].map(([phase, work]) => [phase, workOf(work)])),
    byKernel: [...counts.byKernel].map(([kernel, work]) => ({ kernel, ...workOf(work) })),
  }
}

type ProfileDocument = ReturnType<typeof documentOf>

function workOf(work: Pick<Rehearsal, 'dispatches' | 'bytesMoved' | 'multiplyAdds'>): WorkDocument {
  return {
    dispatches: work.dispatches,
    gbMoved: rounded(work.bytesMoved / 1e9),
    gflop: rounded((2 * work.multiplyAdds) / 1e9),
  }
}

/** Four digits are more than anybody compares. */
function rounded(value: number): number {
  return Number(value.toPrecision(4))
}

function linesOf(profile: ProfileDocument): string[] {
  const { dispatches, gbMoved, gflop, peakGb, largestBufferMib, largestDispatchGflop, byPhase, byKernel } =
    profile
  const row = (name: string, work: WorkDocument) => [
    name,
    String(work.dispatches),
    work.gbMoved.toFixed(2),
    work.gflop.toFixed(1),
  ]
  return [
    `${plural(dispatches, 'dispatch', 'dispatches')}, ${gbMoved} GB moved, ${gflop} GFLOP (largest dispatch ${largestDispatchGflop})`,
    `peak ${peakGb} GB, largest buffer ${largestBufferMib} MiB, ${plural(profile.buffersMade, 'buffer')} made (${profile.gbMade} GB)`,
    `${plural(profile.pipelines, 'pipeline')}, ${profile.uploadsMb} MB uploaded, ${profile.copies} copies, ` +
      `${profile.passes} passes, ${profile.submits} submits`,
    '',
    ...aligned([
      ['phase', 'dispatches', 'GB', 'GFLOP'],
      ...Object.entries(byPhase).map(([phase, work]) => row(phase, work)),
    ]),
    '',
    ...aligned([['kernel', 'dispatches', 'GB', 'GFLOP'], ...byKernel.map(work => row(work.kernel, work))]),
  ]
}

function tableOf(rows: readonly (ProfileRequest & ProfileDocument)[]): string[] {
  return aligned([
    [
      'network',
      'dispatches',
      'GB moved',
      'GFLOP',
      'peak GB',
      'buffer MiB',
      'dispatch GFLOP',
      'pipelines',
      'MB up',
    ],
    ...rows.map(row => [
      row.preset,
      String(row.dispatches),
      row.gbMoved.toFixed(2),
      row.gflop.toFixed(1),
      row.peakGb.toFixed(2),
      row.largestBufferMib.toFixed(0),
      row.largestDispatchGflop.toFixed(1),
      String(row.pipelines),
      row.uploadsMb.toFixed(1),
    ]),
  ])
}

/** Columns as wide as their widest cell; numbers, all but the first, to the right. */
function aligned(rows: readonly string[][]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  return rows.map(row =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  '),
  )
}
