import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../core/foundation/appError'
import type { RoundNetworkRecord, RoundRecord } from '../core/refinement/round'
import { writeJson } from './writeAtomically'

/** What a run has finished, kept beside its results so that `--resume` goes on from there. */
export interface RefineState {
  version: 1
  /** Everything that must be the same for the rest of a run to fit its beginning. */
  fingerprint: string
  rounds: RoundRecord[]
  /** Networks of the round under way that are done, their models and probabilities on disk. */
  networks: RoundNetworkRecord[]
}

const path = (out: string) => join(out, 'state.json')

export function emptyState(fingerprint: string): RefineState {
  return { version: 1, fingerprint, rounds: [], networks: [] }
}

/**
 * The state to go on from.
 *
 * @throws AppError `bad-argument` where there is nothing to resume, or where options or inputs have changed.
 */
export async function readState(out: string, fingerprint: string): Promise<RefineState> {
  let state: RefineState
  try {
    state = JSON.parse(await readFile(path(out), 'utf8'))
  } catch (cause) {
    throw new AppError(
      'bad-argument',
      `There is no interrupted run in "${out}": leave --resume out to begin one.`,
      {
        cause,
      },
    )
  }
  if (state.version !== 1 || state.fingerprint !== fingerprint) {
    throw new AppError(
      'bad-argument',
      `The run in "${out}" was begun with other options or inputs: give the same ones, or another --out.`,
    )
  }
  return state
}

export function writeState(out: string, state: RefineState): Promise<void> {
  return writeJson(path(out), state)
}
