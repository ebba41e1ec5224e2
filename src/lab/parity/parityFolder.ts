import { readdir, readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { foldersWith } from '../../cli/node/nodeFiles'
import { AppError, toAppError } from '../../core/foundation/appError'
import { type ParityCaseReport, withinTolerance } from './parityReport'

/**
 * The case folders that a path names: a folder with a case.json is a case, any other folder stands for the cases in it.
 *
 * @throws AppError `file-unreadable` for a path that is no folder, or that holds no case.
 */
export async function parityFolders(path: string): Promise<string[]> {
  const cases = await foldersWith(path, 'case.json')
  if (!cases) throw new AppError('file-unreadable', `"${path}" does not exist or is no folder.`)
  if (cases.length > 0) return cases
  const message = `"${path}" holds no parity case: a case is a folder with a case.json.`
  throw new AppError('file-unreadable', message)
}

/** case.json and the tensors beside it, by name. */
async function readParityFiles(folder: string): Promise<Record<string, Uint8Array>> {
  const names = (await readdir(folder)).filter(name => name === 'case.json' || name.endsWith('.safetensors'))
  const files = await Promise.all(
    names.map(async name => [name, await readFile(join(folder, name))] as const),
  )
  return Object.fromEntries(files)
}

/** The fixtures' published networks have millions of weights, all other cases fewer than this. */
const SMALL = 700_000

/**
 * Runs one case. An error goes into the report, so that other cases still run.
 *
 * @returns null if `onlySmall` leaves it out.
 */
export async function runParityFolder(
  folder: string,
  { onlySmall }: { onlySmall: boolean },
): Promise<ParityCaseReport | null> {
  const { readParityCase } = await import('./parityCase')
  const { parityCaseSize, runParityCase } = await import('./runParityCase')
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
