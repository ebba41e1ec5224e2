import { AppError } from '../core/foundation/appError'
import { z } from '../core/foundation/schema'
import { FAMILIES } from '../core/rounds/networks'
import type { RoundNetworkRecord, RoundRecord } from '../core/rounds/round'
import { readIfThere } from './node/nodeFiles'
import type { OutFolder } from './node/outFolder'

/** Lies in the output folder until the run is done. */
export const STATE = 'state.json'

/** What a run has finished, kept beside its results so that `--resume` continues from there. */
export interface RunState {
  version: 1
  /** Of everything that must be the same when the run is resumed. */
  fingerprint: string
  rounds: RoundRecord[]
  /** Networks of the current round that are done, their models and probabilities on disk. */
  networks: RoundNetworkRecord[]
}

const networkIds = z.array(z.looseObject({ modelId: z.string(), family: z.enum(FAMILIES) }))

/** As much of a state as resuming relies on; the fingerprint vouches for the rest. */
const stateSchema = z.object({
  version: z.literal(1),
  fingerprint: z.string(),
  rounds: z.array(z.looseObject({ index: z.number(), networks: networkIds })),
  networks: networkIds,
})

/** null where it is none. */
function parseState(file: Uint8Array): RunState | null {
  try {
    const state: unknown = JSON.parse(new TextDecoder().decode(file))
    return stateSchema.safeParse(state).success ? (state as RunState) : null
  } catch {
    return null
  }
}

/**
 * The state of an interrupted run.
 *
 * @throws AppError `file-malformed` where the state is damaged, `bad-argument` where there is nothing to resume, or where options or inputs have changed
 */
export async function readState(out: OutFolder, path: string, fingerprint: string): Promise<RunState> {
  const file = await readIfThere(path)
  if (!file) {
    throw new AppError(
      'bad-argument',
      out.isFinished
        ? `The run in "${out.path}" is finished: there is nothing to resume. --force starts it again; or give another --out.`
        : `There is no interrupted run in "${out.path}": leave --resume out to start one.`,
    )
  }
  const state = parseState(file)
  if (!state) {
    throw new AppError(
      'file-malformed',
      `"${path}" is damaged, and so the run cannot be continued. --force starts it again; or give another --out.`,
    )
  }
  if (state.fingerprint !== fingerprint) {
    throw new AppError(
      'bad-argument',
      `The run in "${out.path}" was started with other options or inputs: give the same ones, or another --out; --force replaces it.`,
    )
  }
  return state
}
