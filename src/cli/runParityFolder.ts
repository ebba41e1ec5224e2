import { basename, resolve } from 'node:path'
import { toAppError } from '../core/foundation/appError'
import { readParityFiles } from './parityFolders'
import type { ParityCaseReport } from './parityReport'

/** The fixtures' published networks have millions of weights, all other cases fewer than this. */
const SMALL = 700_000

/**
 * Runs one case. Whatever keeps it from running is in the report, so that other cases still run.
 *
 * @returns null if `onlySmall` leaves it out.
 */
export async function runParityFolder(
  folder: string,
  { onlySmall }: { onlySmall: boolean },
): Promise<ParityCaseReport | null> {
  const { parityCaseSize } = await import('../core/parity/parityCaseSize')
  const { readParityCase } = await import('../core/parity/parityCase')
  const { withinTolerance } = await import('../core/parity/parityRow')
  const { runParityCase } = await import('../core/parity/runParityCase')
  const report: ParityCaseReport = {
    case: basename(resolve(folder)),
    peer: '',
    mode: '',
    rows: [],
    notCompared: [],
  }
  try {
    const files = await readParityFiles(folder)
    if (onlySmall && files['case.json'] && parityCaseSize(files['case.json']).weights >= SMALL) return null
    const parity = await readParityCase(files)
    Object.assign(report, { case: parity.name, peer: parity.peer, mode: parity.mode })
    const { rows, notCompared } = await runParityCase(parity)
    return { ...report, rows: rows.map(row => ({ ...row, ok: withinTolerance(row) })), notCompared }
  } catch (thrown) {
    const { code, message } = toAppError(thrown)
    return { ...report, error: { code, message } }
  }
}
