import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../src/core/foundation/appError'
import { randomStream } from '../../src/core/foundation/random'
import { startGdal } from './gdal'
import { soundInputs } from './inputs'
import { type Outcome, targets } from './targets'

/** What the supervisor hands over, as JSON in the first argument. */
export interface Orders {
  root: string
  shared: string
  seed: number
  /** Number of the first mutant. */
  first: number
  /** Of the one behind the last. */
  end: number
  kinds: string[] | null
  /** Where mutants that fail are kept. */
  failures: string
}

export type Report =
  | { is: 'started'; kinds: string[]; inputs: Record<string, number>; gdal: boolean }
  | { is: 'begun'; number: number; kind: string; from: string }
  /** Our own part is over; GDAL's begins. */
  | { is: 'read'; number: number; milliseconds: number; heldBytes: number }
  | {
      is: 'done'
      number: number
      kind: string
      from: string
      outcome: Outcome | { is: 'threw'; why: string }
    }

/**
 * How often each kind comes: the formats of pixels first, since silent damage is worst there.
 */
const SHARES: Record<string, number> = {
  raster: 10,
  jp2: 4,
  hdf5: 3,
  zip: 2,
  submission: 1,
  model: 2,
  checkpoint: 1,
  archive: 2,
  text: 1,
}

async function run({ root, shared, seed, first, end, kinds, failures }: Orders): Promise<void> {
  let escaped: unknown = null
  process.on('unhandledRejection', thrown => {
    escaped = thrown
  })
  const gdal = startGdal(root)
  const inputs = await soundInputs(root, shared, gdal)
  const makers = await targets(inputs, gdal)
  const names = Object.keys(makers).filter(name => !kinds || kinds.includes(name))
  const turns = names.flatMap(name => Array<string>(SHARES[name] ?? 1).fill(name))
  const counts = {
    rasters: inputs.rasters.length,
    jp2: inputs.jp2.length,
    hdf5: inputs.hdf5.length,
    models: inputs.models.length,
    archives: inputs.archives.length,
  }
  await send({ is: 'started', kinds: names, inputs: counts, gdal: gdal !== null })
  for (let number = first; number < end; number++) {
    const random = randomStream(seed, 'mutant', number)
    const kind = random.pick(turns)
    const mutant = await makers[kind]!(random)
    const { from } = mutant
    const keep = () => {
      mkdirSync(failures, { recursive: true })
      writeFileSync(join(failures, `${seed}-${number}-${kind}`), mutant.bytes)
    }
    // Of one that is asked for the bytes are kept whatever it does: it may end this process.
    if (end === first + 1) keep()
    await send({ is: 'begun', number, kind, from })
    const began = performance.now()
    let outcome: Extract<Report, { is: 'done' }>['outcome'] = await mutant.open().catch(failed)
    await send({
      is: 'read',
      number,
      milliseconds: performance.now() - began,
      heldBytes: process.resourceUsage().maxRSS * 1024,
    })
    if (mutant.compare && outcome.is !== 'threw') outcome = await mutant.compare(outcome)
    // Rejections that nobody waited for come a turn later.
    await new Promise(done => setImmediate(done))
    if (escaped) outcome = { is: 'threw', why: `unhandled: ${textOf(escaped)}` }
    escaped = null
    if (outcome.is === 'threw' || outcome.is === 'wrong') keep()
    await send({ is: 'done', number, kind, from, outcome })
  }
  gdal?.end()
}

/** A refusal by name, or a fault. */
function failed(thrown: unknown): Outcome | { is: 'threw'; why: string } {
  if (!(thrown instanceof AppError) || thrown.code === 'internal') return { is: 'threw', why: textOf(thrown) }
  return { is: 'refused', code: thrown.code, why: thrown.message }
}

function textOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
}

const send = (report: Report) =>
  new Promise<void>(done => process.send!(report, undefined, undefined, () => done()))

await run(JSON.parse(process.argv[2]!))
process.disconnect()
